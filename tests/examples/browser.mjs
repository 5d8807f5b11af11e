// Open the page of `make browser` in headless Chromium, tag the test vectors in it, and print a line each: what the page
// shows, its button and status after a failure, the spans of each vector.
//   node browser.mjs CHROMIUM URL VECTORS PICTURE
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";

const [chromium_path, url, vectors, picture] = process.argv.slice(2);
const { chromium } = createRequire(process.env.MINSHI_EXAMPLES + "/")("playwright-core");
const browser = await chromium.launch({
  executablePath: chromium_path,
  args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync"],
});
const page = await browser.newPage({ viewport: { width: 900, height: 520 } });
await page.goto(url);
await page.waitForFunction(() => document.getElementById("status").textContent.includes("毫秒"), null, { timeout: 120000 });
await page.screenshot({ path: picture });
console.log(JSON.stringify(await page.$$eval("mark", (marks) => marks.map((mark) => [mark.className, mark.textContent]))));
const after_failure = await page.evaluate(async () => {
  window.tagger.tag = async () => { throw new Error("no memory"); };
  document.getElementById("tag").click();
  await new Promise((done) => setTimeout(done));
  delete window.tagger.tag; // the method of the class again
  return [document.getElementById("tag").disabled, document.getElementById("status").textContent];
});
console.log(JSON.stringify(after_failure));
for (const line of (await readFile(vectors, "utf8")).trim().split("\n")) {
  const spans = await page.evaluate((json) => window.tagger.tag(JSON.parse(json).text), line);
  console.log(JSON.stringify(spans));
}
await browser.close();
