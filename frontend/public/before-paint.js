// Runs before the first paint, so that neither a stored theme nor a direction of writing ever flashes. No modules: the
// page's policy allows this file only. It alone decides the language: the one chosen, else the browser's, else English.
(function () {
  var known = ['en', 'fr', 'zh', 'ar'];
  var root = document.documentElement;
  var theme = null;
  var chosen = null;
  try {
    theme = localStorage.getItem('arena.theme');
    chosen = localStorage.getItem('arena.language');
  } catch {
    // Storage may be switched off; the system's theme and the browser's languages are used then.
  }
  if (theme === 'light' || theme === 'dark') root.dataset.theme = theme;
  var wanted = [chosen || ''].concat(navigator.languages || []).map(function (tag) {
    return tag.toLowerCase().split('-')[0];
  });
  root.lang = wanted.find(function (tag) { return known.includes(tag); }) || 'en';
  root.dir = root.lang === 'ar' ? 'rtl' : 'ltr';
})();
