using Dex.Config;
using Dex.Testing;

namespace Dex.Tests.Config;

public sealed class ExpressionTests : IDisposable
{
    static CancellationToken Token => TestContext.Current.CancellationToken;
    readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("lower('ABC')", "abc")]
    [InlineData("upper(vars.A)", "X")]
    [InlineData("concat('a', 1, true)", "a1true")]
    [InlineData("'a' + 1 + vars.A", "a1x")]
    [InlineData("if(vars.A == 'x' && !(1 > 2), 'yes', 'no')", "yes")]
    [InlineData("if(vars.NONE == 'x' || vars.NONE != 'y', 'set', 'unset')", "set")]
    [InlineData("default(vars.NONE, 'd')", "d")]
    [InlineData("replace(' a b ', ' ', '-')", "-a-b-")]
    [InlineData("trim(' a ')", "a")]
    [InlineData("'it''s'", "it's")]
    [InlineData("json('{\"a\":{\"b\":[1,\"two\"]}}', 'a.b.1')", "two")]
    [InlineData("json('{\"a\":5}', 'a') + ''", "5")]
    [InlineData("file('note.txt')", "hello")]
    [InlineData("env.name", "dev")]
    [InlineData("app.name", "shop")]
    [InlineData("config.services.web.image", "i")]
    [InlineData("config.services.web.replicas + ''", "2")]
    [InlineData("if(bool(vars.NONE, true), 'a', 'b')", "a")]
    [InlineData("if(int('7') >= 7, 'a', 'b')", "a")]
    public async Task An_expression_gives(string expression, string value)
    {
        _folder.Write("note.txt", "hello\n");
        var context = new EvaluationContext { Folder = _folder.Path, Variables = new Dictionary<string, string> { ["A"] = "x" } };
        Assert.Equal(value, (await ShopFile.Resolve(Team(expression), "dev", context)).Value.Team);
    }

    [Theory]
    [InlineData("git.brnch", "DEX1034", "did you mean `git.branch`?")]
    [InlineData("varz.X", "DEX1034", "did you mean `vars`?")]
    [InlineData("prod", "DEX1034", "text needs quotes: 'prod'")]
    [InlineData("lowr('x')", "DEX1035", "did you mean `lower`?")]
    [InlineData("lower()", "DEX1036", "use it like `lower(text)`")]
    [InlineData("if(vars.A, 'a', 'b')", "DEX1036", "")]
    [InlineData("if(true, 'a', 1)", "DEX1036", "this is a whole number")]
    [InlineData("vars.A == 1", "DEX1036", "")]
    [InlineData("1 + 2", "DEX1036", "this is a whole number and a whole number")]
    [InlineData("a ? b : c", "DEX1033", "")]
    [InlineData("lower('x'", "DEX1033", "`)` is missing")]
    [InlineData("config.team", "DEX1038", "")]
    [InlineData("config.nothing", "DEX1034", "")]
    [InlineData("env.number", "DEX1034", "")]
    public async Task A_wrong_expression_is_found_without_computing(string expression, string code, string label)
    {
        var error = Assert.Single((await Assert.ThrowsAsync<ConfigException>(() => ShopFile.Load(Team(expression)).ValidateAsync(new EvaluationContext(), Token))).Diagnostics);
        Assert.Equal((code, label), (error.Code, error.Labels[0].Text));
    }

    [Fact]
    public async Task A_dollar_sign_escapes()
    {
        Assert.Equal("a ${{ b }} c", (await ShopFile.Resolve("dex: 1\nname: shop\nteam: a $${{ b }} c\n")).Value.Team);
    }

    [Fact]
    public async Task Programs_run_once_on_demand_with_their_arguments()
    {
        var calls = new List<string>();
        var context = new EvaluationContext { Folder = _folder.Path, Run = (call, _) => { lock (calls) calls.Add(string.Join(' ', call.Arguments)); return Task.FromResult(new ProgramResult(0, "v1\n", "")); } };
        var env = (await ShopFile.Resolve(Env("A: \"${{ exec('git', 'describe') }}\", B: \"x-${{ exec('git', 'describe') }}\", C: \"${{ exec('other') }}\""), null, context)).Value.Services["web"].Env;
        Assert.Empty(calls);
        var values = await Task.WhenAll(env["A"].GetAsync(Token), env["B"].GetAsync(Token), env["B"].GetAsync(Token));
        Assert.Equal(["v1", "x-v1", "x-v1"], values.Select(v => v.Reveal()));
        Assert.Equal(["git describe"], calls);
    }

    [Fact]
    public async Task A_static_resolution_runs_nothing()
    {
        var context = new EvaluationContext { IsStatic = true, Run = (_, _) => throw new InvalidOperationException("ran"), Secrets = (_, _) => throw new InvalidOperationException("asked") };
        var resolved = await ShopFile.Resolve(Env("A: \"${{ exec('git') }}\", S: \"${{ secret('x') }}\""), null, context);
        Assert.Equal("${{ exec('git') }}", (string?)(await resolved.ToJsonAsync(compute: false, Token))["services"]!["web"]!["env"]!["A"]);
        Assert.Equal("${{ secret('x') }}", resolved.Provenance.Of("services.web.env.S").Value);
    }

    [Fact]
    public async Task Values_are_computed_at_the_same_time_and_stop_when_nobody_waits()
    {
        var both = new TaskCompletionSource();
        var running = 0;
        var stopped = new TaskCompletionSource();
        var context = new EvaluationContext
        {
            Folder = _folder.Path,
            Run = async (call, token) =>
            {
                if (Interlocked.Increment(ref running) == 2) both.SetResult();
                await both.Task.WaitAsync(token);
                if (call.Arguments[0] != "slow") return new ProgramResult(0, call.Arguments[0], "");
                await using var registration = token.Register(() => stopped.TrySetResult());
                await Task.Delay(Timeout.Infinite, token);
                return new ProgramResult(0, "", "");
            },
        };
        var env = (await ShopFile.Resolve(Env("A: \"${{ exec('fast') }}\", B: \"${{ exec('slow') }}\""), null, context)).Value.Services["web"].Env;
        using var cancel = new CancellationTokenSource();
        var slow = env["B"].GetAsync(cancel.Token);
        Assert.Equal("fast", (await env["A"].GetAsync(Token)).Reveal());
        cancel.Cancel();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => slow);
        await stopped.Task.WaitAsync(TimeSpan.FromMinutes(3), Token);
    }

    [Fact]
    public async Task A_reference_to_a_whole_map_waits_for_the_expressions_in_it()
    {
        var yaml = "dex: 1\nname: shop\nteam: ${{ concat(config.services.web.patches.D, '') }}\nservices: { web: { image: i, patches: { D: { a: \"${{ lower(file('note.txt')) }}\", b: 1 } } } }\n";
        _folder.Write("note.txt", "HELLO");
        Assert.Equal("""{"a":"hello","b":1}""", (await ShopFile.Resolve(yaml, null, new EvaluationContext { Folder = _folder.Path })).Value.Team);
    }

    [Fact]
    public async Task A_value_that_many_others_refer_to_is_computed_once()
    {
        var calls = 0;
        var functions = FunctionLibrary.BuiltIn.With("count", FunctionEffect.Local, () => Interlocked.Increment(ref calls));
        var yaml = $"dex: 1\nname: shop\nteam: ${{{{ 'n' + count() }}}}\nservices:\n{string.Concat(Enumerable.Range(0, 50).Select(i => $"  s{i}: {{ image: \"${{{{ config.team }}}}\" }}\n"))}";
        var shop = (await ConfigFile.Parse("dex.yaml", System.Text.Encoding.UTF8.GetBytes(yaml), ConfigSchema.For<Shop>().WithFunctions(functions)).ResolveAsync(null, new EvaluationContext(), Token)).Value;
        Assert.All(shop.Services.Values, s => Assert.Equal("n1", s.Image));
        Assert.Equal(1, calls);
    }

    [Fact]
    public async Task A_cancelled_computation_starts_anew_for_the_next_who_asks()
    {
        var runs = 0;
        var started = new TaskCompletionSource();
        var context = new EvaluationContext
        {
            Folder = _folder.Path,
            Run = async (_, token) =>
            {
                if (Interlocked.Increment(ref runs) > 1) return new ProgramResult(0, "second", "");
                started.SetResult();
                await Task.Delay(Timeout.Infinite, token);
                return new ProgramResult(0, "first", "");
            },
        };
        var env = (await ShopFile.Resolve(Env("A: \"${{ exec('x') }}\""), null, context)).Value.Services["web"].Env["A"];
        using var cancel = new CancellationTokenSource();
        var first = env.GetAsync(cancel.Token);
        await started.Task.WaitAsync(TimeSpan.FromMinutes(3), Token);
        cancel.Cancel();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);
        Assert.Equal("second", (await env.GetAsync(Token)).Reveal());
    }

    [Fact]
    public async Task Only_the_chosen_branch_is_computed()
    {
        var context = new EvaluationContext { Folder = _folder.Path, Secrets = (name, _) => name == "b" ? Task.FromResult<SecretAnswer>(new SecretAnswer.Found(new("bee"))) : throw new InvalidOperationException(name) };
        var env = (await ShopFile.Resolve(Env("A: \"${{ if(1 > 2, secret('a'), secret('b')) }}\""), null, context)).Value.Services["web"].Env;
        Assert.Equal("bee", (await env["A"].GetAsync(Token)).Reveal());
    }

    [Fact]
    public async Task A_platform_registers_functions_as_typed_methods()
    {
        static async Task<Secret<string>> Vault(string path, int version, EvaluationContext context, CancellationToken cancellationToken)
        {
            await Task.Yield();
            return new Secret<string>($"{path}@{version}");
        }

        var functions = FunctionLibrary.BuiltIn.With("vault", FunctionEffect.Remote, Vault).With("double", FunctionEffect.Pure, (long n) => n * 2);
        var schema = ConfigSchema.For<Shop>().WithFunctions(functions);
        var yaml = Env("A: \"${{ vault('x', double(4)) }}\"").Replace("image: i", "image: i, replicas: \"${{ double(3) }}\"");
        var web = (await ConfigFile.Parse("dex.yaml", System.Text.Encoding.UTF8.GetBytes(yaml), schema).ResolveAsync(null, new EvaluationContext(), Token)).Value.Services["web"];
        Assert.Equal(6, web.Replicas);
        var value = await web.Env["A"].GetAsync(Token);
        Assert.Equal(("x@8", true), (value.Reveal(), value.IsSecret));
    }

    [Theory]
    [InlineData("ref: refs/heads/feature/x\n", "refs/heads/feature/x", "feature/x")]
    [InlineData("0123456789abcdef0123456789abcdef01234567\n", null, "none")]
    public async Task The_branch_and_commit_are_read_from_the_repositorys_files(string head, string? loose, string branch)
    {
        _folder.Write(".git/HEAD", head);
        if (loose is not null) _folder.Write($".git/{loose}", "0123456789abcdef0123456789abcdef01234567\n");
        var context = new EvaluationContext { Folder = _folder.Path };
        Assert.Equal(branch, (await ShopFile.Resolve(Team("default(git.branch, 'none')"), "dev", context)).Value.Team);
        Assert.Equal("0123456", (await ShopFile.Resolve(Team("git.shortCommit"), "dev", context)).Value.Team);
    }

    [Fact]
    public async Task A_packed_branch_of_a_worktree_is_found()
    {
        _folder.Write("main/.git/packed-refs", "# pack-refs with: peeled fully-peeled sorted\nabcdefabcdefabcdefabcdefabcdefabcdefabcd refs/heads/w\n");
        _folder.Write("main/.git/worktrees/w/HEAD", "ref: refs/heads/w\n");
        _folder.Write("main/.git/worktrees/w/commondir", "../..\n");
        _folder.Write("w/.git", $"gitdir: {_folder.Path}/main/.git/worktrees/w\n");
        Directory.CreateDirectory(Path.Combine(_folder.Path, "w", "sub"));
        var context = new EvaluationContext { Folder = Path.Combine(_folder.Path, "w", "sub") };
        Assert.Equal("w@abcdefa", (await ShopFile.Resolve(Team("git.branch + '@' + git.shortCommit"), "dev", context)).Value.Team);
    }

    [Fact]
    public async Task A_secret_may_not_leak_through_a_readable_key()
    {
        var errors = await ShopFile.Errors("dex: 1\nname: shop\ncluster: ${{ config.password }}\npassword: ${{ secret('x') }}\n");
        Assert.All(errors, e => Assert.Contains(e.Code, new[] { "DEX1018", "DEX1056" }));
        Assert.NotEmpty(errors);
    }

    static string Team(string expression) => $"dex: 1\nname: shop\nteam: |-\n  ${{{{ {expression} }}}}\nservices: {{ web: {{ image: i }} }}\nenvironments: {{ dev: {{}} }}\n";

    static string Env(string entries) => $"dex: 1\nname: shop\nservices: {{ web: {{ image: i, env: {{ {entries} }} }} }}\n";
}
