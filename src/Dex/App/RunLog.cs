using System.Text;
using Dex.Terminal;

namespace Dex.App;

/// <summary>
/// The log file of one run, under <c>DEX_HOME/logs</c>; <c>--verbose</c> mirrors it to standard error. Values registered as
/// secrets are masked before anything is written.
/// </summary>
public sealed class RunLog(Host host) : IDisposable
{
    const int Kept = 50;
    readonly Lock _lock = new();
    readonly List<string> _secrets = [];
    StreamWriter? _writer;
    bool _unusable;

    /// <summary>Receives every line as well, when set.</summary>
    public ITerminal? Mirror { get; set; }

    /// <summary>The file; null when nothing was logged or nothing can be written there.</summary>
    public string? File { get; private set; }

    /// <summary>Masks a value from now on. Short values are not masked: they would hide ordinary words.</summary>
    public void Mask(string secret)
    {
        const int shortest = 8;
        if (secret.Length < shortest) return;
        lock (_lock) _secrets.Add(secret);
    }

    /// <summary>Writes a line with a timestamp.</summary>
    public void Write(string message)
    {
        lock (_lock)
        {
            foreach (var secret in _secrets) message = message.Replace(secret, "***", StringComparison.Ordinal);
            Open()?.WriteLine($"{host.Time.GetUtcNow():yyyy-MM-dd'T'HH:mm:ss.fff'Z'} {message}");
        }

        Mirror?.Note(message);
    }

    /// <inheritdoc/>
    public void Dispose() => _writer?.Dispose();

    StreamWriter? Open()
    {
        if (_writer is not null || _unusable) return _writer;
        try
        {
            var folder = Directory.CreateDirectory(Path.Combine(host.DexHome, "logs"));
            var name = $"{host.Time.GetUtcNow():yyyyMMdd-HHmmss.fff}-{System.Environment.ProcessId}.log";
            File = Path.Combine(folder.FullName, name);
            _writer = new StreamWriter(new FileStream(File, Restricted), Encoding.UTF8) { AutoFlush = true };
            foreach (var old in folder.GetFiles("*.log").OrderByDescending(file => file.Name, StringComparer.Ordinal).Skip(Kept)) old.Delete();
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            // A log that cannot be written must not fail the command; what the command itself needs there will say so.
            _unusable = true;
            File = null;
        }

        return _writer;
    }

    static FileStreamOptions Restricted => new()
    {
        Mode = FileMode.Append,
        Access = FileAccess.Write,
        Share = FileShare.ReadWrite,
        UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
    };
}
