var app = WebApplication.Create(args);
string[] orders = ["espresso", "cappuccino"];

app.MapGet("/healthz", () => "ok");
app.MapGet("/orders", () => orders);
app.Run();
