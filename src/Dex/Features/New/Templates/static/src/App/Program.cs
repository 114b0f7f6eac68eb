var app = WebApplication.CreateSlimBuilder(args).Build();

app.UseDefaultFiles();
app.UseRouting();
app.MapStaticAssets();

app.Run();
