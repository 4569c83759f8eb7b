// Prints how far the page's operations are from PyTorch's outputs, for each packed network of a folder.
const fs = require("fs");
const path = require("path");
const vm = require("vm");

const [templates, folder] = process.argv.slice(2);
const scripts = ["tensors", "operations", "network"].map((name) => fs.readFileSync(path.join(templates, `${name}.js`), "utf8"));
vm.runInThisContext(`${scripts.join("\n")}\nglobalThis.Network = Network;`);

(async () => {
  const differences = {};
  for (const file of fs.readdirSync(folder)) {
    const network = await Network.load(JSON.parse(fs.readFileSync(path.join(folder, file))));
    differences[path.parse(file).name] = network.check();
  }
  console.log(JSON.stringify(differences));
})();
