using System.Buffers.Binary;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json.Nodes;
using Dex.Kubernetes.Model;
using Dex.LocalCluster.Storage;

namespace Dex.Tests.LocalCluster.Node;

/// <summary>The WebSocket protocols that kubectl does not speak and other clients do.</summary>
public sealed class WebSocketTests : IAsyncLifetime
{
    NodeFixture _node = null!;

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _node = await NodeFixture.StartAsync();

    public ValueTask DisposeAsync() => _node.DisposeAsync();

    [Fact]
    public async Task A_browser_runs_a_command_in_text_messages()
    {
        using var socket = await ExecAsync("v4.base64.channel.k8s.io", "read line; echo got $line; echo oops >&2; exit 3");

        await socket.SendAsync(Encoding.ASCII.GetBytes("0" + Convert.ToBase64String("hello\n"u8)), WebSocketMessageType.Text, true, Ct);
        var messages = await ReadAsync(socket);

        Assert.All(messages, m => Assert.Equal(WebSocketMessageType.Text, m.Type));
        Assert.Equal(("got hello\n", "oops\n"), (Decoded(messages, '1'), Decoded(messages, '2')));
        var status = JsonNode.Parse(Decoded(messages, '3'))!;
        Assert.Equal(("NonZeroExitCode", "3"), ((string?)status["reason"], (string?)status["details"]!["causes"]![0]!["message"]));
        Assert.Equal(WebSocketCloseStatus.NormalClosure, socket.CloseStatus);
    }

    [Theory]
    [InlineData("exit 0", "")]
    [InlineData("exit 3", "command terminated with non-zero exit code: exit status 3")]
    public async Task Before_version_4_the_end_is_told_in_words_and_success_not_at_all(string script, string said)
    {
        using var socket = await ExecAsync("base64.channel.k8s.io", script);

        Assert.Equal(said, Decoded(await ReadAsync(socket), '3'));
    }

    [Fact]
    public async Task A_message_that_is_no_base64_ends_the_command()
    {
        var (ready, ended) = (Path.Combine(_node.Options.DataDirectory, "ready"), Path.Combine(_node.Options.DataDirectory, "ended"));
        using var socket = await ExecAsync("v4.base64.channel.k8s.io", $"trap 'touch {ended}; exit' HUP; touch {ready}; while true; do sleep 0.05; done");
        await NodeFixture.UntilAsync(() => File.Exists(ready));

        await socket.SendAsync("0*"u8.ToArray(), WebSocketMessageType.Text, true, Ct);

        await NodeFixture.UntilAsync(() => File.Exists(ended));
    }

    [Fact]
    public async Task Ports_are_forwarded_in_pairs_of_channels()
    {
        Assert.SkipUnless(File.Exists("/usr/bin/perl"), "needs perl for its test server");
        var key = await _node.RunAsync([], JsonNode.Parse($$"""
            {"command": ["perl", "-e", {{JsonValue.Create(ProbeTests.Server.Replace("$", "$$")).ToJsonString()}}], "ports": [{"containerPort": 8080}], "env": [{"name": "PORT", "value": "8080"}, {"name": "NAME", "value": "forwarded"}]}
            """)!.AsObject(), "Always");
        await _node.WaitAsync(key, _ => _node.LogOf(key) == "up\n");

        using var socket = await OpenAsync(key, "portforward?ports=8080,9", "v4.channel.k8s.io");
        await socket.SendAsync((byte[])[0, .. "GET / HTTP/1.0\r\n\r\n"u8], WebSocketMessageType.Binary, true, Ct);
        var channels = Enumerable.Range(0, 4).Select(_ => new MemoryStream()).ToArray();
        while (!Text(0).Contains("forwarded") || !Text(3).Contains("refused"))
        {
            var (_, bytes) = await NextAsync(socket) ?? throw new InvalidOperationException("closed: " + string.Join(" | ", Enumerable.Range(0, 4).Select(Text)));
            channels[bytes[0]].Write(bytes.AsSpan(1));
        }

        Assert.Equal([8080, 8080, 9, 9], channels.Select(c => BinaryPrimitives.ReadUInt16LittleEndian(c.ToArray())));
        Assert.Equal((2, 2), (channels[1].Length, channels[2].Length));

        string Text(int channel) => Encoding.Latin1.GetString(channels[channel].ToArray());
    }

    async Task<ClientWebSocket> ExecAsync(string protocol, string script)
    {
        var key = await _node.RunScriptAsync("sleep 60", "Always");
        await _node.WaitAsync(key, p => p.HasCondition("Ready"));
        return await OpenAsync(key, $"exec?stdin=true&stdout=true&stderr=true&command=/bin/sh&command=-c&command={Uri.EscapeDataString(script)}", protocol);
    }

    async Task<ClientWebSocket> OpenAsync(ObjectKey key, string subresource, string protocol)
    {
        var (server, token) = _node.Server;
        var socket = new ClientWebSocket();
        socket.Options.AddSubProtocol(protocol);
        socket.Options.SetRequestHeader("Authorization", $"Bearer {token}");
        socket.Options.RemoteCertificateValidationCallback = static (_, _, _, _) => true;
        await socket.ConnectAsync(new Uri($"wss://{server.Authority}/api/v1/namespaces/default/pods/{key.Name}/{subresource}"), Ct);
        Assert.Equal(protocol, socket.SubProtocol);
        return socket;
    }

    static async Task<List<(WebSocketMessageType Type, byte[] Bytes)>> ReadAsync(WebSocket socket)
    {
        var messages = new List<(WebSocketMessageType, byte[])>();
        while (await NextAsync(socket) is { } message) messages.Add(message);
        return messages;
    }

    static async Task<(WebSocketMessageType Type, byte[] Bytes)?> NextAsync(WebSocket socket)
    {
        var buffer = new byte[64 * 1024];
        using var message = new MemoryStream();
        while (true)
        {
            var part = await socket.ReceiveAsync(buffer, Ct);
            if (part.MessageType == WebSocketMessageType.Close) return null;
            message.Write(buffer, 0, part.Count);
            if (part.EndOfMessage) return (part.MessageType, message.ToArray());
        }
    }

    static string Decoded(List<(WebSocketMessageType Type, byte[] Bytes)> messages, char channel) =>
        string.Concat(messages.Select(m => Encoding.ASCII.GetString(m.Bytes)).Where(m => m[0] == channel).Select(m => Encoding.UTF8.GetString(Convert.FromBase64String(m[1..]))));
}
