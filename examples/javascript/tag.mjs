// Tag JSON Lines of {"text": …} from standard input: npm install, then node tag.mjs ../../inference/minshi/model/model.onnx < dump.jsonl
// An operating point may stand behind the model: high_recall, high_precision.
import { readFile } from "node:fs/promises";
import { createInterface } from "node:readline";
import * as ort from "onnxruntime-node";
import { Tagger } from "./minshi.mjs";

const tagger = await Tagger.load(ort, await readFile(process.argv[2]), {}, process.argv[3]);
for await (const line of createInterface({ input: process.stdin })) {
  if (!line.trim()) continue;
  const record = JSON.parse(line);
  console.log(JSON.stringify({ ...record, spans: await tagger.tag(record.text) }));
}
