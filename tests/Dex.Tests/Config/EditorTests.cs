using Dex.App;
using Dex.Config;
using Dex.Testing;

namespace Dex.Tests.Config;

/// <summary>What people see in VS Code.</summary>
public sealed class EditorTests
{
    internal const string Valid = """
        # yaml-language-server: $schema=.dex/dex.schema.json
        dex: 1
        name: shop
        services:
          web:
            image: web:${{ default(vars.TAG, 'x') }}
            port: 8080
            replicas: ${{ int(vars.REPLICAS, 2) }}
            size: large
            shutdown: { grace: 30s }
            env: { PORT: 80, DEBUG: true, KEY: "${{ secret('x') }}" }
          api: { extends: web, args: [a], env!: { A: "1" } }
        environments:
          cloud: { abstract: true }
          prod:
            extends: [cloud]
            services: { web: { port: null, args+: [b], replicas: 3 } }

        """;

    const string Wrong = """
        # yaml-language-server: $schema=.dex/dex.schema.json
        dex: 1
        name: Shop!
        services:
          web:
            image: web:1
            replcas: 2
            replicas: many
            size: huge
            shutdown: { grace: soon }
        environments:
          prod: { services: { web: { port: x } } }

        """;

    [Fact]
    public async Task The_schema_gives_messages_completion_and_hover()
    {
        using var folder = new TemporaryFolder();
        folder.Write(".dex/dex.schema.json", ConfigSchema.For<AppConfig>().ToJsonSchema().ToJsonString());
        await using var server = await LanguageServer.StartAsync(folder.Path, TestContext.Current.CancellationToken);

        Assert.Empty(await server.OpenAsync(folder.Write("valid.yaml", Valid), Valid));

        var path = folder.Write("wrong.yaml", Wrong);
        var messages = await server.OpenAsync(path, Wrong);
        Assert.Contains(messages, m => m.StartsWith("3: must be at most 40 lower-case letters", StringComparison.Ordinal));
        Assert.Contains("7: Property replcas is not allowed.", messages);
        Assert.Contains(messages, m => m.StartsWith("8: must be a whole number", StringComparison.Ordinal));
        Assert.Contains(messages, m => m.StartsWith("9: ", StringComparison.Ordinal));
        Assert.Contains("10: must be a duration such as 30s or 1h30m", messages);
        Assert.Contains(messages, m => m.StartsWith("12: must be a whole number", StringComparison.Ordinal));

        var typed = Wrong.Replace("    replcas: 2\n", "    r\n");
        var completing = folder.Write("typed.yaml", typed);
        await server.OpenAsync(completing, typed);
        var offered = await server.CompleteAsync(completing, 7, 6);
        Assert.Superset(new HashSet<string> { "route", "resources" }, offered.ToHashSet());
        Assert.Contains("Running copies", await server.HoverAsync(path, 8, 8));
    }
}
