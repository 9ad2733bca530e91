// Holds the documents of a catalog-info.yaml to Backstage's own entity validators.
//
//   node backstage.mjs NODE_MODULES FILE
import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';

const [modules, file] = process.argv.slice(2);
const require = createRequire(`${resolve(modules)}/`);
const model = require('@backstage/catalog-model');
const yaml = require('js-yaml');

const validators = { Component: model.componentEntityV1alpha1Validator, API: model.apiEntityV1alpha1Validator };
const policy = model.EntityPolicies.allOf([
  new model.DefaultNamespaceEntityPolicy(),
  new model.FieldFormatEntityPolicy(),
  new model.SchemaValidEntityPolicy(),
  new model.NoForeignRootFieldsEntityPolicy(),
]);
const kinds = [];
for (const entity of yaml.loadAll(readFileSync(file, 'utf8'))) {
  // A portal replaces `$text` by the file's text before it validates.
  if (entity.spec?.definition?.$text) entity.spec.definition = 'text of the contract';
  await policy.enforce(entity);
  if (!(await validators[entity.kind]?.check(entity))) throw new Error(`${file}: ${entity.kind} ${entity.metadata.name} is not valid`);
  kinds.push(entity.kind);
}
if (kinds.join() !== 'Component,API') throw new Error(`${file}: wanted a Component and an API, found ${kinds.join()}`);
