using System.Text.Json;
using System.Text.Json.Nodes;
using Dex.Kubernetes.Model;

namespace Dex.LocalCluster.Node.Streams;

/// <summary>The streams of exec and attach, whichever protocol carries them.</summary>
abstract class CommandChannels
{
    readonly TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Called with what the client types. May block: then the client waits.</summary>
    public Action<ReadOnlyMemory<byte>> OnInput { get; set; } = static _ => { };

    /// <summary>Called when the client's input has ended.</summary>
    public Action OnInputEnd { get; set; } = static () => { };

    /// <summary>Called with columns and rows of the client's terminal.</summary>
    public Action<ushort, ushort> OnResize { get; set; } = static (_, _) => { };

    /// <summary>The handlers are set: what the client has sent since it connected may come.</summary>
    public void Begin() => _ready.TrySetResult();

    /// <summary>Receives, from <see cref="Begin"/> until the client has gone.</summary>
    public async Task ReceiveAsync(CancellationToken cancel)
    {
        await _ready.Task.WaitAsync(cancel);
        await ReceiveAllAsync(cancel);
    }

    protected abstract Task ReceiveAllAsync(CancellationToken cancel);

    /// <summary>Sends output.</summary>
    public abstract Task SendAsync(bool error, ReadOnlyMemory<byte> bytes, CancellationToken cancel);

    /// <summary>Sends how it ended, then closes.</summary>
    public abstract Task EndAsync(JsonObject status, CancellationToken cancel);

    protected void Resize(ReadOnlySpan<byte> json)
    {
        try
        {
            if (JsonNode.Parse(json) is JsonObject size) OnResize((ushort)(size.Number("Width") ?? 80), (ushort)(size.Number("Height") ?? 24));
        }
        catch (JsonException)
        {
            // A size that cannot be read changes nothing.
        }
    }
}
