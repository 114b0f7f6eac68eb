using System.Diagnostics;
using System.Text;
using System.Text.Json.Nodes;

namespace Dex.Tests.Config;

/// <summary>npm's yaml-language-server, which VS Code uses, driven over standard input and output.</summary>
sealed class LanguageServer : IAsyncDisposable
{
    const string Package = "yaml-language-server@1.19.2";
    readonly Process _process;
    readonly Dictionary<string, TaskCompletionSource<JsonNode?>> _answers = [];
    readonly Task _reading;
    int _next;

    LanguageServer(Process process)
    {
        _process = process;
        _reading = ReadAsync();
    }

    /// <summary>Starts it; installs it once per machine into the temporary folder. Skips the test where that cannot be.</summary>
    public static async Task<LanguageServer> StartAsync(string folder, CancellationToken cancellationToken)
    {
        var cache = Path.Combine(Path.GetTempPath(), "dex-tests-npm", Package.Replace('@', '-'));
        var script = Path.Combine(cache, "node_modules", "yaml-language-server", "bin", "yaml-language-server");
        if (!File.Exists(script))
        {
            Directory.CreateDirectory(cache);
            try
            {
                using var install = Process.Start(new ProcessStartInfo("npm", ["install", "--no-audit", "--no-fund", "--prefix", cache, Package]) { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false })!;
                var output = install.StandardOutput.ReadToEndAsync(cancellationToken);
                var error = install.StandardError.ReadToEndAsync(cancellationToken);
                await install.WaitForExitAsync(cancellationToken).WaitAsync(TimeSpan.FromMinutes(2), cancellationToken);
                if (install.ExitCode != 0) Assert.Skip($"needs npm's {Package}: {await error}{await output}");
            }
            catch (System.ComponentModel.Win32Exception)
            {
                Assert.Skip("needs npm");
            }
        }

        var process = Process.Start(new ProcessStartInfo("node", [script, "--stdio"]) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false })!;
        _ = process.StandardError.ReadToEndAsync(CancellationToken.None);
        var server = new LanguageServer(process);
        var root = new Uri(folder).AbsoluteUri;
        await server.AskAsync("initialize", new JsonObject
        {
            ["processId"] = Environment.ProcessId,
            ["rootUri"] = root,
            ["workspaceFolders"] = new JsonArray(new JsonObject { ["uri"] = root, ["name"] = "app" }),
            ["capabilities"] = new JsonObject { ["textDocument"] = new JsonObject { ["completion"] = new JsonObject { ["completionItem"] = new JsonObject { ["snippetSupport"] = true } }, ["publishDiagnostics"] = new JsonObject() } },
        });
        server.Tell("initialized", []);
        server.Tell("workspace/didChangeConfiguration", new JsonObject { ["settings"] = new JsonObject { ["yaml"] = new JsonObject { ["validate"] = true, ["completion"] = true, ["hover"] = true, ["schemaStore"] = new JsonObject { ["enable"] = false } } } });
        return server;
    }

    /// <summary>Opens a text and returns what the editor would underline, as <c>line: message</c>.</summary>
    public async Task<IReadOnlyList<string>> OpenAsync(string path, string text)
    {
        var uri = new Uri(path).AbsoluteUri;
        var published = Answer($"diagnostics {uri}");
        Tell("textDocument/didOpen", new JsonObject { ["textDocument"] = new JsonObject { ["uri"] = uri, ["languageId"] = "yaml", ["version"] = 1, ["text"] = text } });
        var diagnostics = await published.Task.WaitAsync(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken);
        return [.. diagnostics!["diagnostics"]!.AsArray().Select(d => $"{(int)d!["range"]!["start"]!["line"]! + 1}: {d["message"]}")];
    }

    /// <summary>What the editor offers at a place; lines and columns count from 1.</summary>
    public async Task<IReadOnlyList<string>> CompleteAsync(string path, int line, int column)
    {
        var list = await AskAsync("textDocument/completion", At(path, line, column));
        return [.. ((list as JsonArray) ?? list!["items"]!.AsArray()).Select(i => (string)i!["label"]!)];
    }

    /// <summary>What the editor shows over a place.</summary>
    public async Task<string> HoverAsync(string path, int line, int column) => (await AskAsync("textDocument/hover", At(path, line, column)))?["contents"]!.ToJsonString() ?? "";

    public async ValueTask DisposeAsync()
    {
        _process.Kill(entireProcessTree: true);
        await _reading;
        _process.Dispose();
    }

    static JsonObject At(string path, int line, int column) => new()
    {
        ["textDocument"] = new JsonObject { ["uri"] = new Uri(path).AbsoluteUri },
        ["position"] = new JsonObject { ["line"] = line - 1, ["character"] = column - 1 },
    };

    async Task<JsonNode?> AskAsync(string method, JsonObject parameters)
    {
        var id = Interlocked.Increment(ref _next);
        var answer = Answer($"answer {id}");
        Send(new JsonObject { ["jsonrpc"] = "2.0", ["id"] = id, ["method"] = method, ["params"] = parameters });
        return await answer.Task.WaitAsync(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken);
    }

    void Tell(string method, JsonObject parameters) => Send(new JsonObject { ["jsonrpc"] = "2.0", ["method"] = method, ["params"] = parameters });

    TaskCompletionSource<JsonNode?> Answer(string key)
    {
        lock (_answers) return _answers[key] = new TaskCompletionSource<JsonNode?>(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    void Send(JsonObject message)
    {
        var body = Encoding.UTF8.GetBytes(message.ToJsonString());
        lock (_process)
        {
            var stream = _process.StandardInput.BaseStream;
            stream.Write(Encoding.ASCII.GetBytes($"Content-Length: {body.Length}\r\n\r\n"));
            stream.Write(body);
            stream.Flush();
        }
    }

    async Task ReadAsync()
    {
        var stream = _process.StandardOutput.BaseStream;
        while (await HeaderAsync(stream) is { } length)
        {
            var body = new byte[length];
            await stream.ReadExactlyAsync(body);
            var message = JsonNode.Parse(body)!;
            var key = message["method"] is { } method
                ? (string)method! == "textDocument/publishDiagnostics" ? $"diagnostics {message["params"]!["uri"]}" : ""
                : $"answer {message["id"]}";
            // What the server itself asks for (registrations, settings) gets an empty answer.
            if (message["method"] is not null && message["id"] is { } asked) Send(new JsonObject { ["jsonrpc"] = "2.0", ["id"] = asked.DeepClone(), ["result"] = null });
            lock (_answers)
            {
                if (_answers.TryGetValue(key, out var waiting)) waiting.TrySetResult((message["result"] ?? message["params"])?.DeepClone());
            }
        }
    }

    static async Task<int?> HeaderAsync(Stream stream)
    {
        var header = new StringBuilder();
        var one = new byte[1];
        while (!header.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal))
        {
            if (await stream.ReadAsync(one) == 0) return null;
            header.Append((char)one[0]);
        }

        return int.Parse(header.ToString().Split('\r')[0]["Content-Length: ".Length..]);
    }
}
