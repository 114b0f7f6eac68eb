var app = WebApplication.CreateSlimBuilder(args).Build();

app.MapGet("/", () => "Hello from dex\n");
app.MapGet("/healthz", () => "ok");

app.Run();
