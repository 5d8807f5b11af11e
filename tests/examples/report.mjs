// Open a job's report in headless Chromium as a clerk would, and print as JSON what there is to see.
//   node report.mjs CHROMIUM REPORT PICTURE
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const [chromium_path, report, picture] = process.argv.slice(2);
const { chromium } = createRequire(process.env.MINSHI_EXAMPLES + "/")("playwright-core");
const browser = await chromium.launch({
  executablePath: chromium_path,
  args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync"],
});
const page = await browser.newPage({ viewport: { width: 1120, height: 880 } });
const wrong = [], requests = [];
page.on("pageerror", (error) => wrong.push(String(error)));
page.on("console", (message) => message.type() === "error" && wrong.push(message.text()));
page.on("dialog", (dialog) => { wrong.push("dialog"); dialog.dismiss(); });
page.on("request", (request) => requests.push(request.url()));
const names = () => page.$$eval("#rows .name > bdi, #rows .open > bdi", (all) => all.map((each) => each.textContent));
const timed = async (action) => { const began = Date.now(); await action(); return Date.now() - began; };

const seen = { load_ms: await timed(() => page.goto(pathToFileURL(report).href)) };
seen.totals = await page.$$eval("#totals dt", (all) => all.map((each) => [each.textContent, each.nextSibling.textContent]));
seen.charts = await page.$$eval("#charts svg", (all) => all.length);
seen.by_risk = await names();
seen.kinds = await page.$$eval("#rows .badge", (all) => all.map((each) => each.textContent));
seen.about = await page.textContent("#about");
seen.cut = await page.textContent("#cut");
await page.click("#heads th:nth-child(1) button");
seen.by_name = await names();
await page.click("#heads th:nth-child(2) button");
seen.open_ms = await timed(() => page.click("#rows .open"));
seen.people = await page.$$eval(".people li", (all) => all.map((each) => each.textContent));
seen.excerpts = await page.$$eval(".detail .excerpt", (all) => all.map((each) => each.textContent));
seen.capped = await page.$$eval(".detail .cut", (all) => all.map((each) => each.textContent));
await page.screenshot({ path: picture });
seen.filter_ms = await timed(() => page.fill("#search", seen.by_name[0].slice(0, 3)));
seen.found = await names();
await page.fill("#search", "");
await page.selectOption("#kind", { index: 1 });
seen.of_first_kind = await names();
await page.pdf({ path: picture.replace(/png$/, "pdf") });
console.log(JSON.stringify({ ...seen, wrong, requests }));
await browser.close();
