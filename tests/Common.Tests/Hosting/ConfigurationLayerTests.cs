using Millrace.Common.Hosting;

namespace Millrace.Common.Tests.Hosting;

public sealed class ConfigurationLayerTests
{
    private string _directory = "";

    [SetUp]
    public void MakeDirectory() => _directory = Directory.CreateTempSubdirectory("millrace-test-").FullName;

    [TearDown]
    public void DropDirectory() => Directory.Delete(_directory, recursive: true);

    [Test]
    public void Gather_AllFourPlaces_OrdersThemFromWeakToStrong()
    {
        Write("appsettings.json", """{ "Cluster": { "LeaseDuration": "6s", "HeartbeatInterval": "100ms" } }""");
        Write("own.json", """{ "Cluster": { "LeaseDuration": "7s" }, "Checkpoint": { "Interval": "1s" } }""");

        Settings settings = Settings.From(Gather(
            ["--config", "own.json", "--Journal:MaxBytes=1GiB"],
            ("MILLRACE__CHECKPOINT__INTERVAL", "3s"),
            ("MILLRACE_FAILPOINT", "not ours to read"),
            ("PATH", "/")));

        Assert.Multiple(() =>
        {
            Assert.That(settings.Get(CoordinatorSettings.HeartbeatInterval).TotalMilliseconds, Is.EqualTo(100));
            Assert.That(settings.Get(CoordinatorSettings.LeaseDuration).TotalSeconds, Is.EqualTo(7));
            Assert.That(settings.Get(CoordinatorSettings.CheckpointInterval).TotalSeconds, Is.EqualTo(3));
            Assert.That(settings.Get(CoordinatorSettings.MaxBytes), Is.EqualTo(1L << 30));
        });
    }

    [TestCase("--Data:Directory=a=b", "a=b")]
    [TestCase("--Data:Directory a", "a")]
    public void Gather_Option_TakesBothForms(string line, string expected) =>
        Assert.That(
            Settings.From(Gather(line.Split(' '))).Get(CoordinatorSettings.DataDirectory), Is.EqualTo(expected));

    [TestCase("data")]
    [TestCase("--")]
    [TestCase("--=x")]
    [TestCase("--Data:Directory")]
    [TestCase("--Data:Directory --Log:Level=debug")]
    public void Gather_NotAnOption_IsRefused(string line) =>
        Assert.That(
            () => Gather(line.Split(' ')),
            Throws.TypeOf<StartupException>().With.Property("Code").EqualTo("CONFIG_BAD_ARGUMENT"));

    [Test]
    public void Gather_NamedFileMissing_IsRefusedNamingThePath()
    {
        StartupException error = Assert.Throws<StartupException>(() => Gather(["--config=none.json"]))!;
        Assert.Multiple(() =>
        {
            Assert.That(error.Code, Is.EqualTo("CONFIG_FILE_UNREADABLE"));
            Assert.That(error.What, Does.Contain("none.json"));
        });
    }

    [Test]
    public void Gather_FileIsNotJson_IsRefused()
    {
        Write("own.json", "Cluster = 1");
        Assert.That(
            () => Gather(["--config=own.json"]),
            Throws.TypeOf<StartupException>().With.Property("Code").EqualTo("CONFIG_FILE_MALFORMED"));
    }

    private IReadOnlyList<ConfigurationLayer> Gather(
        string[] arguments, params (string Name, string Value)[] environment) =>
        ConfigurationLayer.Gather(arguments, environment.ToDictionary(e => e.Name, e => e.Value), _directory);

    private void Write(string name, string text) => File.WriteAllText(Path.Combine(_directory, name), text);
}
