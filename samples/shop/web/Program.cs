var app = WebApplication.Create(args);
using var http = new HttpClient();
var orders = Environment.GetEnvironmentVariable("DEX_URL_ORDERS");
var greeting = Environment.GetEnvironmentVariable("GREETING");

app.MapGet("/healthz", () => "ok");
app.MapGet("/", async (CancellationToken stop) =>
{
    var open = await http.GetFromJsonAsync<string[]>($"{orders}/orders", stop);
    return $"{greeting}: {string.Join(", ", open ?? [])}";
});
app.Run();
