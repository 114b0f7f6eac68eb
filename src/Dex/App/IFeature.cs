namespace Dex.App;

/// <summary>One slice of the platform: it adds its operations and its commands.</summary>
public interface IFeature
{
    /// <summary>Called once at the start; must do no work beyond registering.</summary>
    void Register(FeatureBuilder app);
}
