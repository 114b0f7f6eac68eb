using Dex.App;

return await ReferencePlatform.Create("dex").RunAsync(args);
