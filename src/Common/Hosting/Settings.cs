namespace Millrace.Common.Hosting;

/// <summary>
/// Checked configuration. Later layers win over earlier ones and all over the defaults. A key that nobody knows or a
/// value that is not accepted stops the start: a mistyped setting must never be silently without effect.
/// </summary>
public sealed class Settings
{
    private readonly Dictionary<Setting, SettingValue> _values = [];

    private Settings()
    {
    }

    /// <summary>Every key of every Millrace process, so that they can share one file.</summary>
    public static IReadOnlyList<Setting> Known { get; } =
        [.. CoordinatorSettings.All, .. WorkerSettings.All, .. LogSettings.All];

    /// <summary>All values with their sources, in the order of <see cref="Known"/>.</summary>
    public IEnumerable<SettingValue> All => Known.Select(setting => _values[setting]);

    public T Get<T>(Setting<T> setting) => (T)_values[setting].Value;

    /// <summary>Reads this process's configuration: see <see cref="ConfigurationLayer.Gather"/>.</summary>
    /// <exception cref="StartupException">A key is unknown, or a value is not accepted.</exception>
    public static Settings Load(IReadOnlyList<string> arguments)
    {
        var environment = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (System.Collections.DictionaryEntry entry in Environment.GetEnvironmentVariables())
        {
            environment[(string)entry.Key] = (string?)entry.Value ?? "";
        }

        return From(ConfigurationLayer.Gather(arguments, environment, Environment.CurrentDirectory));
    }

    /// <inheritdoc cref="Load"/>
    /// <param name="layers">The weakest first.</param>
    public static Settings From(IEnumerable<ConfigurationLayer> layers)
    {
        var settings = new Settings();
        foreach (Setting setting in Known)
        {
            settings.Put(setting, setting.DefaultText, "default");
        }

        Dictionary<string, Setting> byKey = Known.ToDictionary(s => s.Key, StringComparer.OrdinalIgnoreCase);
        foreach (ConfigurationLayer layer in layers)
        {
            foreach ((string key, string text) in layer.Values.OrderBy(pair => pair.Key, StringComparer.Ordinal))
            {
                if (byKey.TryGetValue(key, out Setting? setting))
                {
                    settings.Put(setting, text, layer.Source);
                }
                else if (!layer.MayHoldForeignSections || IsOurs(key))
                {
                    throw Unknown(key, layer.Source);
                }
            }
        }

        return settings;
    }

    private static bool IsOurs(string key)
    {
        string section = key.Split(':')[0];
        return Known.Any(s => s.Key.StartsWith(section + ":", StringComparison.OrdinalIgnoreCase));
    }

    private static StartupException Unknown(string key, string source)
    {
        string? nearest = NearestName.Find(key, Known.Select(s => s.Key));
        return new StartupException(
            $"unknown configuration key \"{key}\"",
            $"it comes from {source}, and no setting has this name",
            nearest is null
                ? "one of " + string.Join(", ", Known.Select(s => s.Key))
                : $"did you mean \"{nearest}\"?",
            "CONFIG_UNKNOWN_KEY",
            ExitCodes.Usage);
    }

    private void Put(Setting setting, string text, string source)
    {
        object value = setting.Parse(text) ?? throw new StartupException(
            $"\"{text}\" is not a good value for {setting.Key}",
            $"it comes from {source}; {setting.Key} takes {setting.Accepts}",
            $"the default is \"{setting.DefaultText}\"",
            "CONFIG_BAD_VALUE",
            ExitCodes.Usage);
        _values[setting] = new SettingValue(setting, text, source, value);
    }
}

/// <summary>A setting's value as it was written, and where.</summary>
public sealed record SettingValue(Setting Setting, string Text, string Source, object Value);
