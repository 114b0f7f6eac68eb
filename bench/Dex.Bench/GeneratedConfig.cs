using System.Globalization;
using System.Text;

namespace Dex.Bench;

/// <summary>A dex.yaml of a given size: services that use most keys, and environments that extend abstract ones and change some services.</summary>
static class GeneratedConfig
{
    public static string Make(int services, int environments)
    {
        var text = new StringBuilder("dex: 1\nname: shop\nteam: checkout\nservices:\n");
        for (var i = 0; i < services; i++)
        {
            text.Append(CultureInfo.InvariantCulture, $"""
                  service-{i}:
                    image: registry.example.com/shop/service-{i}:${"{{"} default(vars.TAG, 'latest') {"}}"}
                    port: {8000 + i}
                    route:
                      path: /service-{i}
                    replicas: {1 + (i % 4)}
                    size: {(i % 3) switch { 0 => "small", 1 => "medium", _ => "large" }}
                    env:
                      LOG_LEVEL: info
                      OTHER: http://service-{(i + 1) % services}
                      API_KEY: ${"{{"} secret('/shop/service-{i}') {"}}"}
                    args: [serve, --verbose]
                    uses: [service-{(i + 1) % services}]

                """);
        }

        text.Append("environments:\n  cloud:\n    abstract: true\n    team: cloud\n");
        for (var e = 0; e < environments - 1; e++)
        {
            text.Append(CultureInfo.InvariantCulture, $$$"""
                  env-{{{e}}}:
                    extends: cloud
                    services:
                      service-{{{e % services}}}:
                        replicas: "${{ if(vars.REGION == 'eu', 6, 4) }}"
                        env:
                          LOG_LEVEL: debug
                          REGION: ${{ env.name }}
                      service-{{{(e + 7) % services}}}:
                        args+: [--otel]

                """);
        }

        return text.ToString();
    }
}
