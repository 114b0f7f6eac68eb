using System.Globalization;

namespace Dex.Kubernetes.Model;

/// <summary>
/// An amount as Kubernetes writes it: <c>100m</c>, <c>1.5Gi</c>, <c>2e3</c>. Compared by value: <c>1000m</c> equals <c>1</c>.
/// The rules are those of <c>k8s.io/apimachinery/pkg/api/resource</c>; values finer than a nano unit round up there and here.
/// </summary>
public readonly struct Quantity : IEquatable<Quantity>, IComparable<Quantity>
{
    static readonly (string Suffix, decimal Factor)[] Binary =
        [("Ki", 1024m), ("Mi", 1048576m), ("Gi", 1073741824m), ("Ti", 1099511627776m), ("Pi", 1125899906842624m), ("Ei", 1152921504606846976m)];

    static readonly (string Suffix, decimal Factor)[] Decimal =
        [("n", 1e-9m), ("u", 1e-6m), ("m", 1e-3m), ("k", 1e3m), ("M", 1e6m), ("G", 1e9m), ("T", 1e12m), ("P", 1e15m), ("E", 1e18m)];

    Quantity(decimal value, bool binary)
    {
        Value = value;
        IsBinary = binary;
    }

    /// <summary>The amount in its base unit: bytes, cores, pieces.</summary>
    public decimal Value { get; }

    /// <summary>Whether it was written with a power of two, which its canonical form keeps.</summary>
    public bool IsBinary { get; }

    /// <summary>Reads a quantity.</summary>
    /// <exception cref="FormatException">The text is none.</exception>
    public static Quantity Parse(string text) => TryParse(text, out var quantity)
        ? quantity
        : throw new FormatException("quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'");

    /// <summary>Reads a quantity; false when the text is none.</summary>
    public static bool TryParse(string? text, out Quantity quantity)
    {
        quantity = default;
        if (string.IsNullOrEmpty(text) || !TrySplit(text, out var number, out var suffix))
        {
            return false;
        }

        if (!decimal.TryParse(number, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var value)
            || !TryFactor(suffix, out var factor, out var binary))
        {
            return false;
        }

        try
        {
            quantity = new(RoundUpToNano(value * factor), binary);
            return true;
        }
        catch (OverflowException)
        {
            return false;
        }
    }

    /// <summary>The canonical form: no fraction, the largest suffix that allows it.</summary>
    public override string ToString()
    {
        if (Value == 0)
        {
            return "0";
        }

        // Below 1024 a binary amount has no binary suffix to carry: 512 is 512.
        var units = IsBinary && Math.Abs(Value) >= 1024 ? Binary : Decimal;
        for (var i = units.Length - 1; i >= 0; i--)
        {
            var (suffix, factor) = units[i];
            if (factor < 1 && Value == decimal.Truncate(Value))
            {
                break;
            }

            if (Value % factor == 0)
            {
                return Plain(Value / factor) + suffix;
            }
        }

        return Plain(Value);
    }

    /// <inheritdoc />
    public int CompareTo(Quantity other) => Value.CompareTo(other.Value);

    /// <inheritdoc />
    public bool Equals(Quantity other) => Value == other.Value;

    /// <inheritdoc />
    public override bool Equals(object? obj) => obj is Quantity other && Equals(other);

    /// <inheritdoc />
    public override int GetHashCode() => Value.GetHashCode();

    /// <summary>Equal amounts.</summary>
    public static bool operator ==(Quantity left, Quantity right) => left.Equals(right);

    /// <summary>Different amounts.</summary>
    public static bool operator !=(Quantity left, Quantity right) => !left.Equals(right);

    /// <summary>A smaller amount.</summary>
    public static bool operator <(Quantity left, Quantity right) => left.Value < right.Value;

    /// <summary>A larger amount.</summary>
    public static bool operator >(Quantity left, Quantity right) => left.Value > right.Value;

    /// <summary>An amount that is not larger.</summary>
    public static bool operator <=(Quantity left, Quantity right) => left.Value <= right.Value;

    /// <summary>An amount that is not smaller.</summary>
    public static bool operator >=(Quantity left, Quantity right) => left.Value >= right.Value;

    /// <summary>The sum, written as the left one is.</summary>
    public static Quantity operator +(Quantity left, Quantity right) => new(left.Value + right.Value, left.IsBinary);

    /// <summary>The difference, written as the left one is.</summary>
    public static Quantity operator -(Quantity left, Quantity right) => new(left.Value - right.Value, left.IsBinary);

    static bool TrySplit(string text, out ReadOnlySpan<char> number, out ReadOnlySpan<char> suffix)
    {
        var end = text[0] is '+' or '-' ? 1 : 0;
        var digits = 0;
        var dots = 0;
        while (end < text.Length && (char.IsAsciiDigit(text[end]) || text[end] == '.'))
        {
            digits += text[end] == '.' ? 0 : 1;
            dots += text[end] == '.' ? 1 : 0;
            end++;
        }

        number = text.AsSpan(0, end);
        suffix = text.AsSpan(end);
        return digits > 0 && dots <= 1;
    }

    static bool TryFactor(ReadOnlySpan<char> suffix, out decimal factor, out bool binary)
    {
        (factor, binary) = (1m, false);
        if (suffix.Length == 0)
        {
            return true;
        }

        foreach (var (name, value) in Binary)
        {
            if (suffix.SequenceEqual(name))
            {
                (factor, binary) = (value, true);
                return true;
            }
        }

        foreach (var (name, value) in Decimal)
        {
            if (suffix.SequenceEqual(name))
            {
                factor = value;
                return true;
            }
        }

        // "1E" is an exa unit (above); "1e3" and "1E3" are exponents.
        return suffix[0] is 'e' or 'E'
            && int.TryParse(suffix[1..], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var exponent)
            && exponent is >= -9 and <= 18
            && Power(exponent, out factor);
    }

    static bool Power(int exponent, out decimal factor)
    {
        factor = 1m;
        for (var i = 0; i < Math.Abs(exponent); i++)
        {
            factor = exponent > 0 ? factor * 10 : factor / 10;
        }

        return true;
    }

    static decimal RoundUpToNano(decimal value)
    {
        var nanos = value * 1e9m;
        var whole = value < 0 ? decimal.Floor(nanos) : decimal.Ceiling(nanos);
        return whole == nanos ? value : whole / 1e9m;
    }

    static string Plain(decimal value) => value.ToString("0.#########", CultureInfo.InvariantCulture);
}
