using Millrace.Common.Hosting;
using Millrace.TestKit;

namespace Millrace.Common.Tests.Hosting;

public sealed class SettingsTests
{
    [Test]
    public void From_NoLayers_GivesEveryDefault()
    {
        Settings settings = Settings.From([]);

        Assert.Multiple(() =>
        {
            Assert.That(settings.Get(CoordinatorSettings.LeaseDuration), Is.EqualTo(TimeSpan.FromSeconds(3)));
            Assert.That(settings.Get(CoordinatorSettings.GrpcListen).Port, Is.EqualTo(7400));
            Assert.That(settings.Get(CoordinatorSettings.SegmentBytes), Is.EqualTo(64L << 20));
            Assert.That(settings.Get(LogSettings.Format), Is.EqualTo(LogFormat.Auto));
            Assert.That(settings.All.Select(v => v.Source), Is.All.EqualTo("default"));
        });
    }

    [Test]
    public void From_SeveralLayers_TheLastOneWinsAndIsNamed()
    {
        Settings settings = Settings.From(
        [
            Layer("a file", ("Cluster:LeaseDuration", "7s"), ("Http:Listen", "127.0.0.1:0")),
            Layer("the command line", ("cluster:leaseduration", "9s")),
        ]);

        Assert.Multiple(() =>
        {
            Assert.That(settings.Get(CoordinatorSettings.LeaseDuration), Is.EqualTo(TimeSpan.FromSeconds(9)));
            Assert.That(settings.Get(CoordinatorSettings.HttpListen).Port, Is.Zero);
            SettingValue value = settings.All.Single(v => v.Setting == CoordinatorSettings.LeaseDuration);
            Assert.That(value.Source, Is.EqualTo("the command line"));
        });
    }

    [TestCase("Cluster:LeaseDuratoin", "Cluster:LeaseDuration")]
    [TestCase("Clusters:LeaseDuration", "Cluster:LeaseDuration")]
    [TestCase("grpc:listn", "Grpc:Listen")]
    public void From_UnknownKey_IsRefusedNamingTheNearest(string key, string nearest)
    {
        StartupException error = Refused(Layer("the command line", (key, "1")));

        Assert.Multiple(() =>
        {
            Assert.That(error.Code, Is.EqualTo("CONFIG_UNKNOWN_KEY"));
            Assert.That(error.What, Does.Contain(key));
            Assert.That(error.Why, Does.Contain("the command line"));
            Assert.That(error.Try, Does.Contain(nearest));
            Assert.That(error.ExitCode, Is.EqualTo(ExitCodes.Usage));
        });
    }

    [Test]
    public void From_UnknownKeyNearNothing_ListsWhatThereIs() =>
        Assert.That(Refused(Layer("x", ("Zzzzzzzzzz:Q", "1"))).Try, Does.Contain("Worker:Name"));

    [Test]
    public void From_SharedFileWithForeignSection_LetsItBeButRefusesAWrongKeyOfOurs()
    {
        ConfigurationLayer shared = Layer("appsettings.json", ("Kestrel:Limits", "1"))
            with { MayHoldForeignSections = true };
        Assert.That(() => Settings.From([shared]), Throws.Nothing);
        ConfigurationLayer wrong = Layer("appsettings.json", ("Journal:Bytes", "1"))
            with { MayHoldForeignSections = true };
        Assert.That(Refused(wrong).Code, Is.EqualTo("CONFIG_UNKNOWN_KEY"));
    }

    [TestCase("Cluster:LeaseDuration", "5")]
    [TestCase("Cluster:LeaseDuration", "5 seconds")]
    [TestCase("Cluster:LeaseDuration", "1ms")]
    [TestCase("Journal:SegmentBytes", "64MB")]
    [TestCase("Journal:SegmentBytes", "1B")]
    [TestCase("Grpc:Listen", "7400")]
    [TestCase("Grpc:Listen", "127.0.0.1:70000")]
    [TestCase("Data:Directory", "")]
    [TestCase("Log:Level", "loud")]
    [TestCase("Log:Level", "3")]
    [TestCase("Worker:Name", "No Capitals")]
    [TestCase("Worker:Coordinator", "localhost:7400")]
    [TestCase("Worker:RunLoops", "-1")]
    public void From_ValueOutsideItsLimits_IsRefusedNamingKeyLimitsAndSource(string key, string value)
    {
        StartupException error = Refused(Layer("environment", (key, value)));

        Assert.Multiple(() =>
        {
            Assert.That(error.Code, Is.EqualTo("CONFIG_BAD_VALUE"));
            Assert.That(error.What, Does.Contain(key).And.Contain(value));
            Assert.That(error.Why, Does.Contain("environment"));
        });
    }

    [Test]
    public void Known_EveryDefault_IsAcceptedByItsOwnSetting() =>
        Assert.That(Settings.Known.Where(s => s.Parse(s.DefaultText) is null), Is.Empty);

    [Test]
    public void Documentation_EverySetting_HasARowWithItsDefaultAndSummary()
    {
        string text = File.ReadAllText(Path.Combine(Checkout.Root, "docs", "configuration.md"));
        Assert.That(
            Settings.Known.Select(RowOf)
                .Where(row => !text.Contains(row, StringComparison.Ordinal)),
            Is.Empty);
    }

    private static string RowOf(Setting setting)
    {
        string value = setting.DefaultText.Length > 0 ? $"`{setting.DefaultText}`" : "";
        return $"| `{setting.Key}` | {value} | {setting.Summary} |";
    }

    private static ConfigurationLayer Layer(string source, params (string Key, string Value)[] values) =>
        new(source, values.ToDictionary(v => v.Key, v => v.Value));

    private static StartupException Refused(params ConfigurationLayer[] layers) =>
        Assert.Throws<StartupException>(() => Settings.From(layers))!;
}
