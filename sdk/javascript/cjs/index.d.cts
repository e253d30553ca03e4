export * from "../src/index.js";
export { default } from "../src/index.js";
