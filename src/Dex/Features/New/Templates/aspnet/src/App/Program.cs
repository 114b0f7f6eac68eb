await using var app = App.Site.Create(args);
await app.RunAsync();
