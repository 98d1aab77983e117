// Checks state machines: a definition a line as JSON in, the problems found a line as a JSON list out.
// Problems are those of asl-validator and of AWS's own language service. NODE_PATH says where both are.

import { createRequire } from "node:module";
import { createInterface } from "node:readline";

const require = createRequire(`${process.env.NODE_PATH}/`);
const aslValidator = require("asl-validator").default ?? require("asl-validator");
const { getLanguageService } = require("amazon-states-language-service");
const { TextDocument } = require("vscode-languageserver-textdocument");

const ERROR = 1;
const service = getLanguageService({});

async function problems(definition) {
  const document = TextDocument.create("file:///definition.asl.json", "asl", 1, JSON.stringify(definition, null, 1));
  const found = await service.doValidation(document, service.parseJSONDocument(document), {}, {});
  const { isValid, errors } = aslValidator(definition);
  return [
    ...(isValid ? [] : errors.map((error) => JSON.stringify(error))),
    ...found.filter(({ severity }) => severity === undefined || severity === ERROR).map(({ message }) => message),
  ];
}

for await (const line of createInterface({ input: process.stdin })) {
  let answer;
  try {
    answer = await problems(JSON.parse(line));
  } catch (error) {
    answer = [String(error)];
  }
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
