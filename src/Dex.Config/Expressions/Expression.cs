namespace Dex.Config;

/// <summary>A node of an expression. Offsets count within the scalar's text.</summary>
abstract record Expression(int Offset, int Length);

/// <summary>A string, long or bool.</summary>
sealed record LiteralExpression(object Value, int Offset, int Length) : Expression(Offset, Length);

/// <summary><c>vars.REGION</c> or <c>config.services.web.port</c>.</summary>
sealed record NameExpression(string Root, IReadOnlyList<string> Path, int Offset, int Length) : Expression(Offset, Length)
{
    public override string ToString() => Path.Count == 0 ? Root : $"{Root}.{string.Join('.', Path)}";
}

sealed record CallExpression(string Function, IReadOnlyList<Expression> Arguments, int Offset, int Length) : Expression(Offset, Length);

sealed record NotExpression(Expression Operand, int Offset, int Length) : Expression(Offset, Length);

/// <summary><c>+ == != &lt; &lt;= > >= &amp;&amp; ||</c>.</summary>
sealed record BinaryExpression(string Operator, Expression Left, Expression Right, int Offset, int Length) : Expression(Offset, Length);

/// <summary>What is wrong with an expression, before its place in a file is known.</summary>
sealed class ExpressionException(string code, string title, int offset, int length, string label = "", string? help = null) : Exception(title)
{
    public string Code { get; } = code;

    public int Offset { get; } = offset;

    public int Length { get; } = length;

    public string Label { get; } = label;

    public string? Advice { get; } = help;

    public static ExpressionException At(Expression place, string code, string title, string label = "", string? help = null) =>
        new(code, title, place.Offset, place.Length, label, help);

    public static ExpressionException SecretArgument(CallExpression call, Expression argument) =>
        At(argument, "DEX1056", $"`{call.Function}` cannot take a secret as an argument", "this is made from a secret", "everybody on the machine can read the arguments of a program; let the program read the secret itself");
}
