import { dieEverywhere } from './deaths.ts';
import { openStage, type Stage } from './stage.ts';

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
});
afterAll(() => stage.close());

test('a function that dies at any request, before or after it is applied, leaves nothing wrong behind', async () => {
  expect(await dieEverywhere(stage)).toBeGreaterThan(60);
}, 180_000);
