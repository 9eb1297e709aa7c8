using System.Net;
using Millrace.Common.Hosting;

namespace Millrace.Common.Tests.Hosting;

public sealed class QuantityTests
{
    [TestCase("250ms", 250)]
    [TestCase("5s", 5_000)]
    [TestCase("1.5s", 1_500)]
    [TestCase("2m", 120_000)]
    [TestCase("1h", 3_600_000)]
    [TestCase("7d", 604_800_000)]
    [TestCase("7 d", 604_800_000)]
    [TestCase("0ms", 0)]
    public void TryParseDuration_NumberWithUnit_IsRead(string text, double milliseconds)
    {
        Assert.That(Quantity.TryParseDuration(text, out TimeSpan value), Is.True);
        Assert.That(value.TotalMilliseconds, Is.EqualTo(milliseconds));
    }

    [TestCase("")]
    [TestCase("5")]
    [TestCase("s")]
    [TestCase("-5s")]
    [TestCase("1.2.3s")]
    [TestCase("5S")]
    [TestCase("99999999999999d")]
    public void TryParseDuration_AnythingElse_IsRefused(string text) =>
        Assert.That(Quantity.TryParseDuration(text, out _), Is.False);

    [TestCase("64MiB", 64L << 20)]
    [TestCase("1KiB", 1024)]
    [TestCase("0.5GiB", 512L << 20)]
    [TestCase("7B", 7)]
    public void TryParseSize_NumberWithUnit_IsRead(string text, long bytes)
    {
        Assert.That(Quantity.TryParseSize(text, out long value), Is.True);
        Assert.That(value, Is.EqualTo(bytes));
    }

    [TestCase("250ms")]
    [TestCase("5s")]
    [TestCase("90s")]
    [TestCase("7d")]
    [TestCase("0ms")]
    public void Format_Duration_ReadsBackAsItself(string text)
    {
        Assert.That(Quantity.TryParseDuration(text, out TimeSpan value), Is.True);
        Assert.That(Quantity.Format(value), Is.EqualTo(text));
    }

    [TestCase("64MiB")]
    [TestCase("3B")]
    [TestCase("1025KiB")]
    [TestCase("0B")]
    public void FormatSize_Size_ReadsBackAsItself(string text)
    {
        Assert.That(Quantity.TryParseSize(text, out long value), Is.True);
        Assert.That(Quantity.FormatSize(value), Is.EqualTo(text));
    }

    [TestCase("127.0.0.1:7400", true, "127.0.0.1:7400")]
    [TestCase("localhost:0", true, "127.0.0.1:0")]
    [TestCase("[::1]:7400", true, "[::1]:7400")]
    [TestCase("0.0.0.0:7400", false, "0.0.0.0:7400")]
    public void ListenAddress_GoodText_IsReadAndKnowsLoopback(string text, bool loopback, string shown)
    {
        Assert.That(ListenAddress.TryParse(text, out ListenAddress value), Is.True);
        Assert.Multiple(() =>
        {
            Assert.That(value.IsLoopback, Is.EqualTo(loopback));
            Assert.That(value.ToString(), Is.EqualTo(shown));
            Assert.That(value.Port, Is.LessThanOrEqualTo(IPEndPoint.MaxPort));
        });
    }

    [TestCase("")]
    [TestCase("127.0.0.1")]
    [TestCase(":7400")]
    [TestCase("::1")]
    [TestCase("example.com:7400")]
    [TestCase("127.0.0.1:+7")]
    public void ListenAddress_BadText_IsRefused(string text) =>
        Assert.That(ListenAddress.TryParse(text, out _), Is.False);
}
