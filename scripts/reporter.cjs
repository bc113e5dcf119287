// mocha's own report, and the counts as JSON in the file that CAMTUNE_TEST_COUNTS names.
const { writeFileSync } = require('node:fs');
const Mocha = require('mocha');

module.exports = class extends Mocha.reporters.Spec {
  constructor(runner, options) {
    super(runner, options);
    const skipped = [];
    runner.on('pending', (test) => skipped.push(test));
    runner.once('end', () => {
      // A test that needs ../shared says so in its title or in its code.
      const needShared = skipped.filter((test) =>
        /shared|goldens/i.test(test.fullTitle() + (test.body ?? '')),
      );
      const { passes, failures } = this.stats;
      const counts = {
        passed: passes,
        failed: failures,
        skipped: skipped.length,
        needShared: needShared.map((test) => test.fullTitle()),
      };
      writeFileSync(process.env.CAMTUNE_TEST_COUNTS, JSON.stringify(counts));
    });
  }
};
