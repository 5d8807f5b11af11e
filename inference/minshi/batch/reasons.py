"""The reasons of errors.jsonl in Chinese, for the clerks who read the report: what is wrong with a file, and what to do.

Errors are English wherever they are raised; here alone stands what they are called in Chinese. A reason that is not in the
table is shown as it is.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache

# A hole stands for what a message was filled with, and is carried over; rows are tried in order.
_TABLE = (
    # any file
    ("empty file", "文件是空的"),
    ("there is nothing to read in it", "文件里没有可读取的内容"),
    ("encrypted; remove the password first", "文件已加密，请先去掉密码"),
    ("needs too much memory to read", "读取所需内存过多，请拆成小文件"),
    ("reading took longer than {seconds} s", "读取超过 {seconds} 秒，已停止；请拆成小文件"),
    (
        "reading it crashed; damaged, or needs more than {mb} MiB of memory",
        "读取时中断：文件已损坏，或所需内存超过 {mb} MiB；请打开检查，或拆成小文件",
    ),
    ("cannot be read ({error})", "无法读取（{error}），文件可能已损坏；请打开检查后另存"),
    ("cannot be read", "无法读取"),
    (
        'reading it needs {package}: pip install "minshi[readers]"',
        '缺少组件 {package}，请管理员安装：pip install "minshi[readers]"',
    ),
    # files of the job
    ("gone since the job began ({why})", "任务开始后文件不见了（{why}），没有读取"),
    ("changed since the job began", "任务开始后文件被改动，没有读取；请对它重新运行检查"),
    ("cannot be looked at ({why})", "无法查看（{why}），没有读取"),
    ("a directory that may not be listed; what is in it is not read", "没有权限查看这个文件夹，里面的文件没有读取"),
    ("left behind by a system or an office program", "系统或办公软件留下的临时文件，不需要检查"),
    ("a link that leads nowhere ({why})", "链接失效（{why}），没有读取"),
    ("a link to a directory", "指向文件夹的链接，没有读取"),
    ("the folder of a batch job; its findings are not read", "这是 minshi batch 任务的结果文件夹，不需要检查，没有读取"),
    ("no regular file", "不是普通文件，没有读取"),
    ("no such file", "文件不存在"),
    ("is a directory; minshi batch reads directories", "这是文件夹，请用 minshi batch 读取"),
    ("not a file name", "文件名无效"),
    # archives
    ("damaged ZIP archive", "压缩包已损坏，请重新打包"),
    ("damaged gzip file", "压缩文件（gzip）已损坏，请重新压缩"),
    ("damaged ZIP or Office file", "压缩包或 Office 文件已损坏，请打开检查后另存"),
    ("damaged", "压缩包里的这个文件已损坏"),
    ("encrypted; unpack it first", "压缩包里的这个文件已加密，请先解压"),
    ("a {kind} archive; unpack it first", "不能直接读取 {kind} 压缩包，请先解压"),
    ("archives nested more than {depth} deep", "压缩包嵌套超过 {depth} 层，请先解压"),
    (
        "holds {number} files; an archive may hold {limit} in all",
        "压缩包内有 {number} 个文件，合计最多 {limit} 个；请分成几个压缩包",
    ),
    (
        "expands more than {ratio} times: looks like a zip bomb",
        "解压后超过原大小的 {ratio} 倍，疑似恶意压缩包；来源可靠的请先解压",
    ),
    ("too large unpacked (over {mb} MiB)", "解压后超过 {mb} MiB，太大；请拆成小文件"),
    ("all that is in the archive is over {mb} MiB", "压缩包解压后合计超过 {mb} MiB，请分成几个压缩包"),
    # Office files
    ("damaged Office file", "Office 文件已损坏，请用办公软件打开检查后另存"),
    ("damaged Office 97 file", "Office 97 格式的文件（doc、xls 等）已损坏，请用办公软件打开检查后另存"),
    ("damaged Word document", "Word 文档已损坏，请用办公软件打开检查后另存"),
    ("damaged workbook", "表格文件已损坏，请用办公软件打开检查后另存"),
    ("damaged, or no {suffix} file at all", "文件已损坏，或者不是 {suffix} 文件；请打开检查"),
    ("not a Word document", "不是 Word 文档，请打开检查"),
    (
        "a document inside it (altChunk) is not read; open it in Word and save it anew",
        "文档里嵌入的另一份文件（altChunk）没有读取；请用 Word 打开后重新保存",
    ),
    (
        "embedded files ({number}) are not read; save each as a file of its own",
        "嵌在里面的文件（{number} 个）没有读取；请逐个打开，另存为单独的文件",
    ),
    ("charts ({number}) are not read; look at what they show", "图表（{number} 个）没有读取；请打开检查其中的文字和数据"),
    (
        "the data that pivot tables keep ({number}) are not read; delete these tables, or look at where their data come from",
        "数据透视表保存的数据副本（{number} 份）没有读取；请检查其数据来源，或删除数据透视表后另存",
    ),
    (
        "attachments ({number}) are not read; save each as a file of its own",
        "附件（{number} 个）没有读取；请逐个另存为单独的文件",
    ),
    ("{part} is no well-formed XML", "文件已损坏（{part} 不是规范的 XML），请用办公软件打开检查后另存"),
    ("{part} is over {mb} MiB unpacked: looks like a zip bomb", "文件内部的 {part} 解压后超过 {mb} MiB，疑似恶意文件，不予读取"),
    ("{mb} MiB unpacked: looks like a zip bomb", "解压后有 {mb} MiB，疑似恶意文件，不予读取"),
    (
        "its XML has a DTD, which no office program writes: refused as hostile",
        "文件内部的 XML 带有 DTD，办公软件不会这样写，疑似恶意文件，不予读取",
    ),
    ("Strict Open XML; save it as a usual docx or xlsx first", "文件是 Strict Open XML 格式，请先另存为普通的 docx 或 xlsx"),
    (
        "sheet {title} is damaged and cannot be read from row {row} on",
        "工作表“{title}”已损坏，从第 {row} 行起没有读取；请打开检查后另存",
    ),
    ("sheet {title} is damaged and cannot be read", "工作表“{title}”已损坏，没有读取；请打开检查后另存"),
    (
        "sheet {title} reaches over more than {number} cells; remove what stands far off",
        "工作表“{title}”的范围超过 {number} 个单元格，没有读取；请删去远处多余的内容后另存",
    ),
    (
        "formulas without a stored result ({number}), whose value is not read; open it in Excel or WPS and save it",
        "有 {number} 个公式没有保存计算结果，显示的内容没有读取；请用 Excel 或 WPS 打开后重新保存",
    ),
    ("no cell has anything in it", "表格里没有内容"),
    (
        "comments in this kind of workbook are not read; save it as xlsx first",
        "这种格式的工作簿（xlsb）里的批注没有读取，请先另存为 xlsx",
    ),
    (
        "a document without text; its pictures, if it has any, are not read",
        "文档里没有文字；图片不会读取，如有图片请先做文字识别（OCR）",
    ),
    ("an OFD file; save it as PDF or docx first", "不能直接读取 OFD 文件，请先另存为 PDF 或 docx"),
    (
        "an OpenDocument file without text, table or slides; save it as PDF first",
        "OpenDocument 文件，但不是文档、表格或幻灯片，请先另存为 PDF",
    ),
    ("an Office 97 file of no kind that is known", "不认识的 Office 97 格式文件，请用办公软件打开后另存为 docx、xlsx 或 PDF"),
    (
        "{suffix} files of this kind need LibreOffice, which is not installed; or save it as {target}",
        "读取这种 {suffix} 文件需要 LibreOffice，本机没有安装；请安装，或另存为 {target}",
    ),
    (
        "LibreOffice took longer than {seconds} s to convert it",
        "LibreOffice 转换超过 {seconds} 秒，已停止；请另存为 docx、xlsx 或 PDF",
    ),
    ("LibreOffice cannot convert it", "LibreOffice 无法转换，文件可能已损坏；请另存为 docx、xlsx 或 PDF"),
    # PDF
    ("damaged PDF", "PDF 已损坏，请打开检查后另存"),
    ("a blank PDF, without text and pictures", "PDF 是空白的，没有文字和图片"),
    ("pages without a text layer, as scans are; recognise the text (OCR) first", "扫描件没有文字层，请先做文字识别（OCR）"),
    (
        "page {pages} and {more} more without a text layer, as scans are; recognise the text (OCR) first",
        "第 {pages} 页及另外 {more} 页是扫描件，没有文字层，请先做文字识别（OCR）",
    ),
    (
        "page {pages} without a text layer, as scans are; recognise the text (OCR) first",
        "第 {pages} 页是扫描件，没有文字层，请先做文字识别（OCR）",
    ),
    ("pages damaged, cannot be read", "各页都已损坏，无法读取"),
    ("page {pages} and {more} more damaged, cannot be read", "第 {pages} 页及另外 {more} 页已损坏，无法读取"),
    ("page {pages} damaged, cannot be read", "第 {pages} 页已损坏，无法读取"),
    (
        "pages with over {number} notes and form fields; not all are read",
        "各页的批注和表单项都超过 {number} 个，没有全部读取",
    ),
    (
        "page {pages} and {more} more with over {number} notes and form fields; not all are read",
        "第 {pages} 页及另外 {more} 页的批注和表单项超过 {number} 个，没有全部读取",
    ),
    (
        "page {pages} with over {number} notes and form fields; not all are read",
        "第 {pages} 页的批注和表单项超过 {number} 个，没有全部读取",
    ),
    # text, tables, web pages
    ("a page without text", "网页里没有文字"),
    (
        "letters that its XML writes as numbers (&#...;) are not read; save it as text, xlsx or docx first",
        "XML 里写成编号的文字（&#…;）没有读取；请用生成它的软件另存为文本、xlsx 或 docx",
    ),
    ("a web archive or mail (MHTML); open it and save it as docx first", "文件是网页存档或邮件（MHTML），请先打开并另存为 docx"),
    ("a mail; save its text and its attachments as files first", "文件是邮件，请先把正文和附件分别另存为文件"),
    ("a ZIP archive or Office file, not plain text", "是压缩包或 Office 文件，不是文本文件；请改回原来的扩展名"),
    ("a PDF, not plain text", "是 PDF，不是文本文件；请改回原来的扩展名"),
    ("an Office 97 file, not plain text", "是 Office 97 格式的文件，不是文本文件；请改回原来的扩展名"),
    ("a picture, not plain text", "是图片，没有文字；请先做文字识别（OCR）"),
    ("a gzip archive, not plain text", "是压缩文件（gzip），不是文本文件；请先解压"),
    ("a binary file, not plain text", "不是文本文件，也不是能读取的格式；如是文档，请另存为 docx、xlsx 或 PDF"),
    (
        "its byte order mark says {encoding}, but byte {byte} is not",
        "文件开头标明的文字编码是 {encoding}，但第 {byte} 字节不是；请另存为 UTF-8",
    ),
    (
        "ends in the middle of a character, which is not read; it may have been cut off",
        "文件末尾的最后一个字不完整，没有读取；文件可能被截断，请核对后面是否缺内容",
    ),
    (
        "neither UTF-8 (byte {byte}) nor GB18030 (byte {other}); convert it to UTF-8 first",
        "文字编码不是 UTF-8（第 {byte} 字节），也不是 GB18030（第 {other} 字节），请先另存为 UTF-8",
    ),
    (
        "not UTF-8 (byte {byte}), and as GB18030 no plausible Chinese; convert it to UTF-8 first",
        "文字编码不是 UTF-8（第 {byte} 字节），按 GB18030 又读不出通顺的中文；请先另存为 UTF-8",
    ),
    ("not {encoding}; convert it to UTF-8 first", "这一行的文字编码不是 {encoding}，请把整个文件另存为 UTF-8"),
    ("a line of over {number} characters, which no table has", "有一行超过 {number} 字，不像表格；请打开检查"),
    (
        "row {row}: a field of over {number} characters (a quote that never closes?); the rest is not read",
        "第 {row} 行有一格超过 {number} 字（可能缺少右引号），从这里起没有读取",
    ),
    (
        "row {row}: a quote never closes; all behind it is read as one field",
        "第 {row} 行：引号没有成对，其后的全部内容按一个单元格读取；请补上引号后再处理",
    ),
    (
        "row {row}: broken (a quote that never closes?); the rest is not read",
        "第 {row} 行格式有误（可能缺少右引号），从这里起没有读取",
    ),
    # JSON; what Python says of it helps no clerk
    ("broken JSON at line {line}, column {column} ({python})", "JSON 格式有误（第 {line} 行第 {column} 列），请改正"),
    ("broken JSON at column {column} ({python})", "JSON 格式有误（第 {column} 列），请改正"),
    ("JSON nested too deeply", "JSON 嵌套太深，请拆开"),
    ("JSON with a number of too many digits", "JSON 里有位数太多的数字，请改正"),
    ('expected an object, with a string "text" or others', "这一行应是 JSON 对象，并含有文字"),
    (
        "letters that it writes as codes (\\uXXXX) inside a text are not read; have them decoded first",
        "文字里写成编码的汉字（\\uXXXX）没有读取；请先还原成汉字",
    ),
    (
        "texts with markup or character references (<p>, &nbsp;), which are read as they stand: {number}; "
        "have them turned to plain text or pages first",
        "有 {number} 处文字里有网页标记或转义字符（如 <p>、&nbsp;），按原样读取，其中的信息可能没有找出；请先转成纯文字或网页",
    ),
    ("and {number} more", "另外还有 {number} 处没有读取，不再逐一列出"),
    ("no text in it", "没有文字"),
    ("no text in its fields {fields}", "指定的字段里没有文字：{fields}"),
    ("a line of over {mb} MiB; the rest is not read", "有一行超过 {mb} MiB，从这里起没有读取"),
    # the operating system's own words
    ("Permission denied", "没有权限"),
    ("Operation not permitted", "没有权限"),
    ("No such file or directory", "文件或文件夹不存在"),
    ("Is a directory", "这是文件夹"),
    ("Not a directory", "不是文件夹"),
    ("File name too long", "文件名太长"),
    ("Too many levels of symbolic links", "链接循环"),
    ("Too many open files", "同时打开的文件太多，请管理员调高上限"),
    ("Input/output error", "读盘出错，请检查磁盘或网络盘"),
    ("Stale file handle", "网络盘上的文件已失效，请重新连接网络盘"),
    ("Connection timed out", "连接网络盘超时"),
    ("Host is down", "网络盘连接不上"),
    ("Cannot allocate memory", "内存不足"),
    ("Device or resource busy", "文件正被占用"),
)
_LISTS = frozenset(("pages", "fields"))
_HOLE = re.compile(r"\{(\w+)\}")


def _pattern(english: str) -> re.Pattern[str]:
    """Holes have a bound: a name that an archive brings may be long, and made for patterns to go back and forth over it."""
    pieces = _HOLE.split(english)  # text, hole, text, hole, … text
    return re.compile(
        "".join(f"(?P<{piece}>.{{1,500}})" if at % 2 else re.escape(piece) for at, piece in enumerate(pieces)), re.S
    )


@cache  # not on import: most jobs read all of their files
def _patterns() -> list[tuple[re.Pattern[str], str]]:
    return [(_pattern(english), chinese) for english, chinese in _TABLE]


@lru_cache(maxsize=256)  # a file of bad lines has the same reason over and over
def in_chinese(reason: str) -> str:
    """Return a reason in Chinese, with the numbers and names that are in it; as it is where the table has none.

    >>> in_chinese("page 1, 3 and 12 more damaged, cannot be read")
    '第 1、3 页及另外 12 页已损坏，无法读取'
    """
    for pattern, chinese in _patterns():
        if match := pattern.fullmatch(reason):
            return chinese.format(**{hole: _carried(hole, value) for hole, value in match.groupdict().items()})
    return reason


def _carried(hole: str, value: str) -> str:
    if hole == "why":  # the operating system's own words
        return in_chinese(value)
    return value.replace(", ", "、") if hole in _LISTS else value
