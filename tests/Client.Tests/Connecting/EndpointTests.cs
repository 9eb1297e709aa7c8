using Millrace.Client.Connecting;
using Millrace.Common.Hosting;
using Millrace.TestKit.FakeCluster;

namespace Millrace.Client.Tests.Connecting;

public sealed class EndpointTests
{
    private string _directory = "";

    [SetUp]
    public void SetUp() => _directory = Directory.CreateTempSubdirectory("millrace-").FullName;

    [TearDown]
    public void TearDown() => Directory.Delete(_directory, true);

    [TestCase("localhost:7400", "http://localhost:7400/")]
    [TestCase("http://127.0.0.1:1", "http://127.0.0.1:1/")]
    [TestCase("https://example.org:443", "https://example.org/")]
    public void Resolve_OfAnAddress_IsThatAddress(string address, string uri) =>
        Assert.That(new Endpoint(address).Resolve().AbsoluteUri, Is.EqualTo(uri));

    [TestCase("ftp://x:1")]
    [TestCase("http://")]
    [TestCase("::")]
    public void Constructor_OfWhatIsNoAddress_IsRefused(string address) =>
        Assert.That(
            Assert.Throws<MillraceException>(() => _ = new Endpoint(address))!.Reason, Is.EqualTo("BAD_FIELD"));

    [Test]
    public async Task Client_OfADataDirectory_FollowsTheCoordinatorToAnotherPort()
    {
        await using FakeCoordinator first = await FakeCoordinator.StartAsync();
        Write(first);
        using var client = new MillraceClient(_directory);
        await client.Admin.GetClusterAsync();
        await using FakeCoordinator second = await FakeCoordinator.StartAsync();
        second.Store.CreateTopic("t");
        await using Producer producer = await client.OpenProducerAsync();
        await first.KillAsync();
        Write(second);
        Assert.That((await producer.SendAsync("t", "k", "v")).Sequence, Is.EqualTo(1));
        await client.Admin.GetClusterAsync();
        Assert.That(client.Address.Port, Is.EqualTo(second.Port));
    }

    private void Write(FakeCoordinator fake) => new EndpointsFile(fake.Address, "", 1, 1).WriteTo(_directory);
}
