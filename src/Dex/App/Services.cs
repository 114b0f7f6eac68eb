namespace Dex.App;

/// <summary>
/// The composed platform's parts: each made once, when first asked for. Plain factories instead of a container, so that a
/// start costs nothing that the command does not use and a reader can follow every arrow.
/// </summary>
public sealed class Services
{
    readonly Dictionary<Type, Func<Services, object>> _factories = [];
    readonly Dictionary<Type, object> _made = [];
    readonly Lock _lock = new();

    /// <summary>Says how to make a part; a later registration of the same type replaces the earlier one.</summary>
    public Services Add<T>(Func<Services, T> factory) where T : class
    {
        _factories[typeof(T)] = factory;
        _made.Remove(typeof(T));
        return this;
    }

    /// <summary>The part, made on first use.</summary>
    public T Get<T>() where T : class
    {
        lock (_lock)
        {
            if (_made.TryGetValue(typeof(T), out var made)) return (T)made;
            if (!_factories.TryGetValue(typeof(T), out var factory))
            {
                throw new InvalidOperationException($"no feature adds a {typeof(T).Name}");
            }

            var part = (T)factory(this);
            _made[typeof(T)] = part;
            return part;
        }
    }

    /// <summary>The part when it has been made; null when nobody has asked for it.</summary>
    public T? Made<T>() where T : class
    {
        lock (_lock) return _made.TryGetValue(typeof(T), out var made) ? (T)made : null;
    }
}
