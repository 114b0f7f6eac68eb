using Dex.App;
using Dex.Yaml;

namespace Dex.Features.Config;

static class AppErrors
{
    public static UserError NoFile(string path) => new(ExitCode.Usage, new Diagnostic("DEX6020", $"there is no dex.yaml in `{path}`")
    {
        Help = "name the folder of an app, or make one with `dex new NAME`",
    });

    public static UserError UnknownCode(string code, string? near) => new(ExitCode.Usage, new Diagnostic("DEX1055", $"there is no error code `{code}`")
    {
        Help = near is null ? "codes look like DEX1001; messages show them in brackets" : $"did you mean `{near}`?",
    });

    public static UserError NotInEffect(string? written, string? environment) => new(ExitCode.Usage, new Diagnostic("DEX1062", $"written into {(written is null ? "the root" : $"the environment `{written}`")}, these values would not be in effect{(environment is null ? "" : $" in `{environment}`")}")
    {
        Help = "another layer says something about the same keys, `dex config why KEY` shows which; name the environment with `--env`, or edit the file",
    });

    public static UserError NothingToWrite() => new(ExitCode.Usage, new Diagnostic("DEX1063", "`--write` has nothing to write")
    {
        Help = "give it values: `--set services.web.replicas=3 --write`",
    });

    public static UserError NoFileUpward(string folder) => new(ExitCode.Usage, new Diagnostic("DEX6020", $"there is no dex.yaml in `{folder}` or above it")
    {
        Help = "go to the folder of an app or name it (`dex up FOLDER`, `dex logs --in FOLDER`), or make one with `dex new NAME`",
    });
}
