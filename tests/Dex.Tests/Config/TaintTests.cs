using System.Diagnostics;
using System.Globalization;
using System.Reflection;
using System.Text.Json;
using Dex.App;
using Dex.Config;
using Dex.Yaml;
using FsCheck;
using FsCheck.Fluent;

namespace Dex.Tests.Config;

/// <summary>A secret and everything made from it stays hidden, whoever formats it.</summary>
public sealed class TaintTests
{
    const string Value = "hunter2-horse-battery";

    static readonly Gen<string> Parts = Gen.Elements(
        "${{ secret('s') }}", "a", "${{ concat('x', secret('s')) }}", "${{ lower(secret('s')) }}", "${{ if(secret('s') == 'x', 'p', secret('s')) }}", "${{ default(vars.NONE, secret('s')) }}",
        "${{ json(secret('j'), 'a') }}", "${{ replace(secret('s'), 'q', 'r') }}", "${{ 'u' + secret('s') }}", "${{ config.password }}", "${{ trim(config.password) + env.name }}", "${{ terraform('infra', 'key') }}");

    static EvaluationContext Context => new()
    {
        Folder = "/",
        Secrets = (name, _) => Task.FromResult<SecretAnswer>(new SecretAnswer.Found(new(name == "j" ? $"{{\"a\":\"{Value}\"}}" : Value))),
        Run = (call, _) => Task.FromResult(call.Arguments[0] == "terraform"
            ? new ProgramResult(0, $$$"""{"key":{"sensitive":true,"type":"string","value":"{{{Value}}}"},"url":{"sensitive":false,"value":"https://x"},"n":{"value":5}}""", "")
            : new ProgramResult(1, "", $"no {Value}")),
    };

    [Fact]
    public void A_secret_leaks_through_no_public_formatter() => Prop.ForAll(Arb.From(Gen.NonEmptyListOf(Parts).Select(p => string.Concat(p.Prepend("${{ secret('s') }}")))), text =>
    {
        var context = Context;
        var resolved = ShopFile.Load($"dex: 1\nname: shop\npassword: ${{{{ secret('s') }}}}\nservices: {{ web: {{ image: i, env: {{ K: \"{text}\" }} }} }}\n").ResolveAsync(null, context, CancellationToken.None).GetAwaiter().GetResult();
        var env = resolved.Value.Services["web"].Env["K"];
        var computed = env.GetAsync(CancellationToken.None).GetAwaiter().GetResult();
        var password = resolved.Value.Password!.GetAsync(CancellationToken.None).GetAwaiter().GetResult();
        object[] values = [computed, env, password, computed + "x", "x" + computed, password.Select(p => p + "y"), resolved, resolved.Value, resolved.Value.Services, resolved.Value.Services["web"], new SecretAnswer.Found(password), context];
        string[] shown =
        [
            .. values.SelectMany(Formatted),
            resolved.ToJsonAsync(compute: true, CancellationToken.None).GetAwaiter().GetResult().ToJsonString(),
            .. resolved.Provenance.Paths.Select(p => $"{resolved.Provenance.Of(p)}{string.Join(' ', resolved.Provenance.Of(p).Origins)}"),
            resolved.Hash,
            context.Mask.Apply($"log {computed.Reveal()}"),
        ];
        return computed.IsSecret && computed.Reveal().Contains(Value, StringComparison.Ordinal) && shown.All(s => !s.Contains(Value, StringComparison.OrdinalIgnoreCase));
    }).Check(FsCheck.Config.QuickThrowOnFailure.WithMaxTest(100));

    /// <summary>Text, culture and composite formatting, JSON, a debugger's line, and what a generic logger reads by reflection.</summary>
    static IEnumerable<string> Formatted(object value)
    {
        yield return value.ToString()!;
        yield return string.Format(CultureInfo.InvariantCulture, "{0,20}", value);
        yield return Convert.ToString(value, CultureInfo.InvariantCulture)!;
        yield return string.Concat("x", value);
        if (value is not (EvaluationContext or SecretAnswer) && !value.GetType().IsGenericType) yield return JsonSerializer.Serialize(value);
        if (value.GetType().GetCustomAttribute<DebuggerDisplayAttribute>() is { } display) yield return display.Value == "{ToString(),nq}" ? value.ToString()! : display.Value;
        foreach (var property in value.GetType().GetProperties().Where(p => p.GetIndexParameters().Length == 0)) yield return $"{property.GetValue(value)}";
    }

    [Fact]
    public void A_debugger_opens_no_secret_by_itself()
    {
        // What it shows of an object is its line and, when opened, members that are not marked as never to be shown.
        foreach (var type in (Type[])[typeof(Text), typeof(Secret<string>)])
        {
            Assert.NotNull(type.GetCustomAttribute<DebuggerDisplayAttribute>());
            Assert.All(type.GetFields(BindingFlags.Instance | BindingFlags.NonPublic).Where(f => f.FieldType != typeof(bool)), f => Assert.Equal(DebuggerBrowsableState.Never, f.GetCustomAttribute<DebuggerBrowsableAttribute>()?.State));
        }
    }

    [Theory]
    [InlineData("${{ int(secret('s')) }}")]
    [InlineData("${{ bool(secret('s')) }}")]
    [InlineData("${{ json(secret('s')) }}")]
    [InlineData("${{ json(secret('j'), secret('s')) }}")]
    [InlineData("${{ file(secret('s')) }}")]
    [InlineData("${{ exec('x', 'y') }}")]
    [InlineData("${{ if(secret('s') > 1, 'a', 'b') }}")]
    [InlineData("${{ secret(secret('s')) }}")]
    [InlineData("${{ exec('x', terraform('infra', 'key')) }}")]
    [InlineData("${{ throws(secret('s')) }}")]
    [InlineData("${{ refuses(secret('s')) }}")]
    public async Task An_error_shows_no_secret_in_any_form(string expression)
    {
        static string Throws(string text) => throw new InvalidOperationException($"what is {text}?");
        static string Refuses(string text) => throw new FunctionFailure("DEX1060", $"title {text}", $"label {text}", $"help {text}");
        var schema = ConfigSchema.For<Shop>().WithFunctions(FunctionLibrary.BuiltIn.With("throws", FunctionEffect.Pure, Throws).With("refuses", FunctionEffect.Pure, Refuses));
        var context = Context with { Secrets = (name, _) => Task.FromResult<SecretAnswer>(name == Value ? new SecretAnswer.NotFound("a store", [], $"set {name}") : new SecretAnswer.Found(new(name == "j" ? "{}" : Value))) };
        var yaml = $"dex: 1\nname: shop\nservices: {{ web: {{ image: i, env: {{ K: \"${{{{ secret('s') }}}}{expression}\" }} }} }}\n";
        var error = await Assert.ThrowsAsync<ConfigException>(async () =>
        {
            var resolved = await ConfigFile.Parse("dex.yaml", System.Text.Encoding.UTF8.GetBytes(yaml), schema).ResolveAsync(null, context, TestContext.Current.CancellationToken);
            await resolved.Value.Services["web"].Env["K"].GetAsync(TestContext.Current.CancellationToken);
        });
        string[] shown = [DiagnosticRenderer.Render(error.Diagnostics), DiagnosticJson.Errors(error.Diagnostics), $"{error}", error.Message, $"{error.InnerException}", JsonSerializer.Serialize(error.Diagnostics)];
        Assert.All(shown, s => Assert.DoesNotContain(Value, s));
    }

    [Theory]
    [InlineData("team: ${{ config.password }}", "DEX1018")]
    [InlineData("services: { web: { image: i, patches: { D: { a: \"${{ config.password }}\" } } } }", "DEX1018")]
    [InlineData("services: { web: { image: i, env: { K: \"${{ exec('sign', config.password) }}\" } } }", "DEX1056")]
    [InlineData("services: { web: { image: i, env: { K: \"${{ terraform(secret('s'), 'x') }}\" } } }", "DEX1056")]
    public async Task A_secret_is_refused_where_it_would_be_readable(string yaml, string code) =>
        Assert.Equal([code], (await ShopFile.Errors($"dex: 1\nname: shop\npassword: ${{{{ secret('s') }}}}\n{yaml}\n")).Select(d => d.Code));

    [Fact]
    public async Task A_sensitive_output_of_Terraform_is_a_secret_and_others_are_not()
    {
        var env = (await ShopFile.Resolve("dex: 1\nname: shop\nservices: { web: { image: i, env: { U: \"${{ terraform('infra', 'url') }}\", K: \"${{ terraform('infra', 'key') }}\", N: \"${{ int(terraform('infra', 'n')) }}\", X: \"${{ terraform('infra', 'kez') }}\" } } }\n", null, Context)).Value.Services["web"].Env;
        Assert.Equal(("https://x", "***", "5"), ($"{await env["U"].GetAsync(TestContext.Current.CancellationToken)}", $"{await env["K"].GetAsync(TestContext.Current.CancellationToken)}", $"{await env["N"].GetAsync(TestContext.Current.CancellationToken)}"));
        var error = await Assert.ThrowsAsync<ConfigException>(() => env["X"].GetAsync(TestContext.Current.CancellationToken));
        Assert.Equal("did you mean `key`?", error.Diagnostics[0].Labels[0].Text);
    }
}
