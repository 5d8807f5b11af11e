// Draws the report from the JSON in the page. Everything becomes text through textContent: a file may be called anything.
"use strict";
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const KINDS = { high: "高", medium: "中", low: "低", none: "无", failed: "读取失败", skipped: "跳过" };
  const ORDER = ["high", "medium", "low", "failed", "none", "skipped"];
  const NAME = 0, KIND = 1, HIGH = 2, MEDIUM = 3, LOW = 4, FINDINGS = 5, CHARACTERS = 7, LABELS = 8, PEOPLE = 9, REASON = 10, EXCERPTS = 11;
  const PAGE = 50, PRINTED = 500, BARS = 6;
  const $ = (id) => document.getElementById(id);
  const number = (n) => n.toLocaleString("zh-CN");
  const zh = (label) => (data.labels[label] || { zh: label }).zh;
  const isLaw = (label) => Boolean((data.labels[label] || {}).law);
  const levelOf = (labels) => (data.summary.combinations.find((each) => each.labels.join("+") === labels) || { risk: "low" }).risk;

  function make(tag, attributes, ...children) {
    const node = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes || {})) node.setAttribute(name, value);
    node.append(...children);
    return node;
  }

  function shape(tag, attributes, text) {
    const node = document.createElementNS("http://www.w3.org/2000/svg", tag);
    for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
    if (text !== undefined) node.textContent = text;
    return node;
  }

  // --- totals and charts

  function total(name, value, more) {
    $("totals").append(make("div", {}, make("dt", {}, name), make("dd", {}, value), make("dd", { class: "more" }, more)));
  }

  function showTotals() {
    const { files, files_by_risk: risk, persons, documents, characters, findings } = data.summary;
    const all = Object.values(findings).reduce((sum, n) => sum + n, 0);
    const people = persons.high + persons.medium + persons.low;
    const partly = files.partial ? `（其中部分读取 ${number(files.partial)}）` : "";
    total("文件", number(files.listed), `已检查 ${number(files.processed)}${partly}，失败 ${number(files.failed)}，跳过 ${number(files.skipped)}`);
    total("高风险文件", number(risk.high), `中 ${number(risk.medium)}，低 ${number(risk.low)}，无发现 ${number(risk.none)}`);
    total("涉及人次", number(people), `高 ${number(persons.high)}，中 ${number(persons.medium)}，低 ${number(persons.low)}`);
    total("发现", number(all), `${Object.keys(findings).length} 类个人信息`);
    total("文字", number(characters), `${number(documents)} 份文本`);
  }

  /** Draw a bar chart; long names stand above their bars, short ones beside them. */
  function bars(title, rows, isLong = false) {
    const figure = make("figure", {}, make("h3", {}, title));
    const most = Math.max(1, ...rows.map((row) => row.n));
    const [left, width, step, letters] = isLong ? [0, 330, 42, 28] : [150, 190, 24, 11];
    const picture = shape("svg", { viewBox: `0 0 400 ${Math.max(1, rows.length) * step}`, role: "img", "aria-label": title });
    rows.forEach(({ name, n, kind }, index) => {
      const [y, length] = [index * step + (isLong ? 18 : 0), n ? Math.max(2, (n / most) * width) : 0];
      const place = isLong ? { x: 0, y: y - 2 } : { x: left - 8, y: y + 17, "text-anchor": "end" };
      const label = shape("text", place, name.length > letters ? name.slice(0, letters - 1) + "…" : name);
      label.append(shape("title", {}, `${name} ${n}`));
      picture.append(
        label,
        shape("rect", { class: `bar ${kind}`, x: left, y: y + 4, width: length, height: 16, rx: 3 }),
        shape("text", { class: "n", x: left + length + 6, y: y + 17 }, number(n)),
      );
    });
    if (!rows.length) picture.append(shape("text", { x: 0, y: 17 }, "没有发现"));
    figure.append(picture);
    $("charts").append(figure);
  }

  function showCharts() {
    const { files_by_risk: risk, combinations, findings, files } = data.summary;
    const kinds = { ...risk, failed: files.failed, skipped: files.skipped };
    bars("文件的风险", ORDER.map((kind) => ({ name: KINDS[kind], n: kinds[kind], kind: kind in risk ? kind : "none" })));
    const found = Object.entries(findings).sort((a, b) => b[1] - a[1]);
    bars("各类发现（红色：法定敏感个人信息）", found.map(([label, n]) => ({ name: zh(label), n, kind: isLaw(label) ? "high" : "low" })));
    const worst = combinations.slice(0, BARS).map(({ labels, risk: kind, persons }) => ({ name: labels.map(zh).join("+"), n: persons, kind }));
    bars(combinations.length > BARS ? `人次，按同时出现的信息（前 ${BARS} 种）` : "人次，按同时出现的信息", worst, true);
  }

  // --- the table of files

  const heads = [
    ["文件", NAME], ["风险", null], ["高风险人次", HIGH, "n"], ["中", MEDIUM, "n"], ["低", LOW, "n"], ["发现", FINDINGS, "n"], ["字数", CHARACTERS, "n"],
  ];
  let order = { column: null, isDown: true }; // null: by risk, as the files come
  let chosen = data.files;
  let page = 0;
  const opened = new Set();

  function choose() {
    const [text, kind, label] = [$("search").value.trim().toLowerCase(), $("kind").value, $("label").value];
    chosen = data.files.filter((file) =>
      (!text || file[NAME].toLowerCase().includes(text)) && (!kind || file[KIND] === kind) && (!label || file[LABELS][label]));
    const { column, isDown } = order;
    if (column === NAME) chosen.sort((a, b) => a[NAME].localeCompare(b[NAME], "zh-CN"));
    else if (column !== null) chosen.sort((a, b) => a[column] - b[column]);
    if (column !== null && isDown) chosen.reverse();
    if (column === null && !isDown) chosen.reverse();
    page = 0;
    showRows();
  }

  function showHeads() {
    $("heads").textContent = "";
    for (const [name, column, kind] of heads) {
      const button = make("button", { type: "button" }, name);
      button.addEventListener("click", () => {
        const isSame = order.column === column;
        order = { column, isDown: isSame ? !order.isDown : column !== NAME };
        showHeads();
        choose();
        $("heads").children[heads.findIndex((head) => head[1] === column)].firstChild.focus();
      });
      const cell = make("th", { scope: "col", class: kind || "" }, button);
      if (order.column === column) cell.setAttribute("aria-sort", order.isDown ? "descending" : "ascending");
      $("heads").append(cell);
    }
  }

  function showRows(first = page * PAGE, count = PAGE) {
    const shown = chosen.slice(first, first + count);
    $("rows").textContent = "";
    for (const file of shown) $("rows").append(...rowsOf(file));
    if (!shown.length) $("rows").append(make("tr", {}, make("td", { colspan: heads.length }, "没有这样的文件")));
    $("count").textContent = `${number(chosen.length)} 个文件`;
    showPages(Math.ceil(chosen.length / PAGE));
  }

  function rowsOf(file) {
    const isOpen = opened.has(file);
    const name = make("td", { class: "name" });
    if (file[FINDINGS]) {
      const button = make("button", { type: "button", class: "open", "aria-expanded": isOpen }, make("bdi", {}, file[NAME]));
      button.addEventListener("click", () => toggle(file, button));
      name.append(button);
    } else name.append(make("bdi", {}, file[NAME]));
    if (file[REASON]) name.append(make("div", { class: "reason" }, make("bdi", {}, file[REASON])));
    const badge = make("td", {}, make("span", { class: `badge ${file[KIND]}` }, KINDS[file[KIND]]));
    const counts = [HIGH, MEDIUM, LOW, FINDINGS, CHARACTERS].map((column) => make("td", { class: "n" }, number(file[column])));
    return [make("tr", {}, name, badge, ...counts), ...(isOpen ? [detail(file)] : [])];
  }

  function toggle(file, button) {
    const row = button.closest("tr");
    if (opened.delete(file)) row.nextElementSibling.remove();
    else {
      opened.add(file);
      row.after(detail(file));
    }
    button.setAttribute("aria-expanded", opened.has(file));
  }

  function showPages(pages) {
    const nav = $("pages");
    nav.textContent = "";
    nav.hidden = pages < 2;
    const step = (name, by) => {
      const button = make("button", { type: "button" }, name);
      button.disabled = page + by < 0 || page + by >= pages;
      button.addEventListener("click", () => { page += by; showRows(); $("files").scrollIntoView(); });
      return button;
    };
    nav.append(step("上一页", -1), make("span", {}, `第 ${number(page + 1)} / ${number(pages)} 页`), step("下一页", 1));
  }

  // --- the findings of a file

  function detail(file) {
    const cell = make("td", { colspan: heads.length });
    const people = Object.entries(file[PEOPLE]).map(([labels, n]) => [levelOf(labels), labels, n]);
    people.sort((a, b) => ORDER.indexOf(a[0]) - ORDER.indexOf(b[0]) || b[2] - a[2]);
    const list = make("ul", { class: "people" });
    for (const [kind, labels, n] of people) {
      const names = labels.split("+").map(zh).join("+");
      list.append(make("li", {}, make("span", { class: `badge ${kind}` }, KINDS[kind]), ` ${names}：${number(n)} 人次`));
    }
    if (people.length) cell.append(list);
    const body = make("tbody");
    const head = make("tr", {}, ...["类别", "内容（已打码）", "位置", "把握"].map((name, column) => make("th", { scope: "col", class: column === 3 ? "n" : "" }, name)));
    if (file[EXCERPTS].length) cell.append(make("table", {}, make("thead", {}, head), body));
    const more = make("button", { type: "button", class: "more-button" }, `再显示 ${PAGE} 处`);
    const showMore = () => {
      const at = body.children.length;
      for (const excerpt of file[EXCERPTS].slice(at, at + PAGE)) body.append(excerptRow(excerpt));
      if (body.children.length >= file[EXCERPTS].length) more.remove();
    };
    more.addEventListener("click", showMore);
    cell.append(more);
    showMore();
    if (file[EXCERPTS].length < file[FINDINGS]) {
      const note = `本文件共 ${number(file[FINDINGS])} 处，本页只收录前 ${number(file[EXCERPTS].length)} 处；全部见 findings 文件夹。`;
      cell.append(make("p", { class: "note cut" }, note));
    }
    return make("tr", { class: "detail" }, cell);
  }

  function excerptRow([place, label, before, value, after, score]) {
    const text = make("bdi", {}, make("span", {}, before), make("mark", isLaw(label) ? { class: "law" } : {}, value), make("span", {}, after));
    const cells = [zh(label), make("bdi", {}, place || "—"), score.toFixed(2)];
    return make("tr", {}, make("td", {}, cells[0]), make("td", { class: "excerpt" }, text), make("td", {}, cells[1]), make("td", { class: "n" }, cells[2]));
  }

  // --- all of it

  function showFilters() {
    const counts = {};
    for (const file of data.files) counts[file[KIND]] = (counts[file[KIND]] || 0) + 1;
    $("kind").append(make("option", { value: "" }, "全部"));
    for (const kind of ORDER) if (counts[kind]) $("kind").append(make("option", { value: kind }, `${KINDS[kind]}（${number(counts[kind])}）`));
    $("label").append(make("option", { value: "" }, "任何信息"));
    for (const label of Object.keys(data.summary.findings)) $("label").append(make("option", { value: label }, zh(label)));
    $("filters").addEventListener("input", choose);
    $("filters").addEventListener("submit", (event) => event.preventDefault());
  }

  function showAbout() {
    const { labels, min_score } = data.filter;
    const only = [labels ? `只查：${labels.map(zh).join("、")}` : "", min_score ? `只列把握不低于 ${min_score} 的发现` : ""].filter(Boolean);
    $("about").textContent = [data.dump, `模型 ${data.model}`, `档位 ${data.summary.point}`, ...only].join("　|　");
    $("law").textContent = Object.keys(data.labels).filter(isLaw).map(zh).join("、");
    if (data.files.length < data.summary.files.listed)
      $("cut").textContent = `共 ${number(data.summary.files.listed)} 个文件，本页只收录风险最高的 ${number(data.files.length)} 个；全部见 findings 文件夹。`;
  }

  showAbout();
  showTotals();
  showCharts();
  showFilters();
  showHeads();
  choose();
  addEventListener("beforeprint", () => showRows(0, PRINTED));
  addEventListener("afterprint", () => showRows());
})();
