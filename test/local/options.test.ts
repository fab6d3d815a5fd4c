import { parseOptions, UsageError } from '../../local/options.ts';

it('has defaults for everything', () => {
  expect(parseOptions([])).toEqual({
    demo: false,
    data: '.serverless-capture',
    port: 7070,
    seconds: 5,
    capture: true,
  });
});

it('asks for the help text', () => {
  expect(parseOptions(['--help'])).toBeUndefined();
});

it.each([
  [['--port', '0'], '--port takes a whole number from 1 to 65534, not "0"'],
  [['--port', '65535'], '--port takes'],
  [['--seconds', '1.5'], '--seconds takes'],
  [['--prot', '1'], "Unknown option '--prot'"],
  [['file'], 'Unexpected argument'],
])('refuses %j in one line', (argv, message) => {
  expect(() => parseOptions(argv)).toThrow(UsageError);
  expect(() => parseOptions(argv)).toThrow(message);
});
