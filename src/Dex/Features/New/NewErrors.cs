using Dex.App;
using Dex.Yaml;

namespace Dex.Features.New;

static class NewErrors
{
    public static UserError UnknownTemplate(string template) => new(ExitCode.Usage, new Diagnostic("DEX6101", $"there is no template `{template}`")
    {
        Help = $"the templates are {string.Join(", ", Template.Names.Select(name => $"`{name}`"))}",
    });

    public static UserError FolderTaken(string folder) => new(ExitCode.Usage, new Diagnostic("DEX6102", $"the folder `{folder}` exists and is not empty")
    {
        Help = "choose another name, or remove the folder; nothing was written",
    });

    public static UserError BadName(string name) => new(ExitCode.Usage, new Diagnostic("DEX6103", $"`{name}` cannot name an app")
    {
        Help = "a name has at most 40 lower-case letters, digits and hyphens and starts with a letter, for example `my-app`",
    });
}
