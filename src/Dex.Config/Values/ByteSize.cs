using System.Globalization;

namespace Dex.Config;

/// <summary>A number of bytes, written like <c>512Mi</c>, <c>10Gi</c> or <c>1G</c>.</summary>
public readonly record struct ByteSize : IComparable<ByteSize>
{
    static readonly (string Suffix, long Factor)[] Units =
    [
        ("Ki", 1L << 10), ("Mi", 1L << 20), ("Gi", 1L << 30), ("Ti", 1L << 40), ("Pi", 1L << 50),
        ("k", 1_000), ("M", 1_000_000), ("G", 1_000_000_000), ("T", 1_000_000_000_000), ("P", 1_000_000_000_000_000),
    ];

    /// <summary>A number of bytes.</summary>
    public ByteSize(long bytes) => Bytes = bytes;

    /// <summary>Reads <c>1Gi</c>.</summary>
    /// <exception cref="FormatException">The text is no size.</exception>
    public ByteSize(string text) => Bytes = TryParse(text, out var size) ? size.Bytes : throw new FormatException($"`{text}` is not a size such as `512Mi`");

    /// <summary>The number of bytes.</summary>
    public long Bytes { get; }

    /// <summary>Reads a whole or decimal number with a unit of 1024 (<c>Ki Mi Gi Ti Pi</c>), of 1000 (<c>k M G T P</c>) or none.</summary>
    public static bool TryParse(string text, out ByteSize size)
    {
        size = default;
        var digits = text.AsSpan().IndexOfAnyExcept("0123456789.");
        var suffix = digits < 0 ? "" : text[digits..];
        var factor = suffix.Length == 0 ? 1 : Array.Find(Units, u => u.Suffix == suffix).Factor;
        var number = digits < 0 ? text : text[..digits];
        if (factor == 0 || !decimal.TryParse(number, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var value)) return false;
        // Beyond what a 64-bit number of bytes can hold.
        if (value > 9_000_000_000_000_000_000m / factor) return false;
        size = new ByteSize((long)(value * factor));
        return true;
    }

    /// <inheritdoc/>
    public int CompareTo(ByteSize other) => Bytes.CompareTo(other.Bytes);

    /// <summary>The shortest exact form, preferring units of 1024.</summary>
    public override string ToString()
    {
        for (var i = Units.Length - 1; i >= 0; i--)
        {
            var at = (i + 5) % Units.Length;
            if (Bytes != 0 && Bytes % Units[at].Factor == 0) return $"{Bytes / Units[at].Factor}{Units[at].Suffix}";
        }

        return Bytes.ToString(CultureInfo.InvariantCulture);
    }
}
