"""Words that are values of people: some end as headers do, 初中学历 is a degree; others, as 离异, stand in no header."""

from __future__ import annotations

import re
from collections.abc import Iterable

_KIN = "[父母爸妈夫妻子女儿兄弟姐妹祖孙公婆爷奶叔侄伯姑姨舅甥媳婿岳翁]"
_VALUE = re.compile(
    "(?:暂?无|没有)(?!线|障碍).*|"  # 无身份证; 无线电话 is none
    "同(?![住行村组学班事伴]).{0,3}(?:户主|申请人|患者|监护人|身份证|户籍|户籍地|住址|地址|电话|手机|微信)(?:号|号码|地址)?|"
    "详?见(?:[上下附]|备注|说明|诊断|身份证).*|[已未代](?:签字|签名|盖章|诊断)|"
    "(?:半?文盲|小学|初中|高中|中专|中技|技校|职高|大专|专科|本科|大学|硕士|博士|研究生).{0,3}(?:学历|程度)|.{0,2}[一二三四五六七八九]年级|"
    f"{_KIN}{{2,4}}关系|(?:配偶|亲戚|朋友|邻居|邻里|同学|同事|战友|师生|恋人|雇佣|收养)关系|"
    "(?:肢体|视力|听力|言语|智力|精神|多重)残疾|(?:身体|基本|比较|亚|不|心理)健康|(?:长期|规律|规范|按时|间断|自行|坚持|正在|未)用药|"
    "(?:城镇|城市|农村|乡村|农业|非农业?|[本外][地村镇乡县市省])(?:居民)?(?:住址|地址|住所|户籍)|"
    "(?:机关|企?事业|机关事业)单位|少数民族|(?:自由|固定)职业|[中外]国国籍"
)

# Of each kind a count of people has several side by side, 男 and 女; a row of a person has one.
_OF_ONE_PERSON = (
    re.compile("[男女]性?"),
    re.compile("[未已]婚|再婚|离[异婚]|丧偶"),
    re.compile("少数民族|(?!.*民族|[家宗种])[\u4e00-\u9fff]{1,4}族"),
    re.compile("无|不详|未知"),
)


def is_said_value(text: str) -> bool:
    """Tell a cell that says what a person has or is in a word that headers end with.

    >>> [is_said_value(text) for text in ("初中学历", "夫妻关系", "无电话", "同户主", "最高学历", "与户主关系", "联系电话")]
    [True, True, True, True, False, False, False]
    """
    return _VALUE.fullmatch(text) is not None


def is_of_one_person(texts: Iterable[str]) -> bool:
    """Tell cells that say what one person is, as those of no header row do.

    >>> is_of_one_person(["王建国", "男", "户主"]), is_of_one_person(["村", "人数", "男", "女"])
    (True, False)
    """
    words = list(texts)
    return any(sum(kind.fullmatch(word) is not None for word in words) == 1 for kind in _OF_ONE_PERSON)
