namespace App;

public static class Site
{
    /// <summary>The web application; tests start it on a port of their own.</summary>
    public static WebApplication Create(string[] args)
    {
        var app = WebApplication.CreateSlimBuilder(args).Build();

        app.MapGet("/", () => "Hello from __NAME__\n");
        app.MapGet("/healthz", () => "ok");

        return app;
    }
}
