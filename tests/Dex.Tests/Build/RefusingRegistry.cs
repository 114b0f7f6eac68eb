using System.Net;

namespace Dex.Tests.Build;

/// <summary>A registry that answers every request with one status.</summary>
sealed class RefusingRegistry : IDisposable
{
    readonly HttpListener _listener = new();
    readonly HttpStatusCode _status;

    public RefusingRegistry(HttpStatusCode status)
    {
        _status = status;
        Address = $"127.0.0.1:{LoopbackPort.Free()}";
        _listener.Prefixes.Add($"http://{Address}/");
        _listener.Start();
        _ = ServeAsync();
    }

    public string Address { get; }

    public void Dispose() => _listener.Close();

    async Task ServeAsync()
    {
        try
        {
            while (true)
            {
                var context = await _listener.GetContextAsync();
                context.Response.StatusCode = (int)_status;
                if (_status == HttpStatusCode.Unauthorized) context.Response.AddHeader("WWW-Authenticate", "Basic realm=\"registry\"");
                context.Response.Close("""{"errors":[{"code":"DENIED","message":"because I say so"}]}"""u8.ToArray(), willBlock: false);
            }
        }
        catch (Exception closed) when (closed is HttpListenerException or ObjectDisposedException)
        {
            // The test is over.
        }
    }
}
