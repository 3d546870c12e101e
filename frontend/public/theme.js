// Runs before the first paint, so that a stored theme never flashes. No modules: the page's policy allows this file only.
(function () {
  try {
    var theme = localStorage.getItem('arena.theme');
    if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme;
  } catch {
    // Storage may be switched off; the system's theme is used then.
  }
})();
