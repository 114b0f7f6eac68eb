using Dex.App;
using Dex.Yaml;

namespace Dex.Features.Config;

internal static class AppErrors
{
    public static UserError NoFile(string path) => new(ExitCode.Usage, new Diagnostic("DEX6020", $"there is no dex.yaml in `{path}`")
    {
        Help = "name the folder of an app, or make one with `dex new NAME`",
    });

    public static UserError UnknownCode(string code, string? near) => new(ExitCode.Usage, new Diagnostic("DEX1055", $"there is no error code `{code}`")
    {
        Help = near is null ? "codes look like DEX1001; messages show them in brackets" : $"did you mean `{near}`?",
    });

    public static UserError NoFileUpward(string folder) => new(ExitCode.Usage, new Diagnostic("DEX6020", $"there is no dex.yaml in `{folder}` or above it")
    {
        Help = "go to the folder of an app, or make one with `dex new NAME`",
    });
}
