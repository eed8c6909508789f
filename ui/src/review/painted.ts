// One frame is drawn between.
const frameTime = 16;

// After what was changed is on the screen, or soon in a page that nobody sees: what can wait a moment is not done
// between a key and its effect.
export function painted(): Promise<void> {
  return new Promise((done) => {
    const late = setTimeout(done, 100);
    requestAnimationFrame(() =>
      setTimeout(() => {
        clearTimeout(late);
        done();
      }, frameTime),
    );
  });
}
