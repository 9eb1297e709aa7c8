using Millrace.Simulation.Engine;
using Millrace.Simulation.Network;

namespace Millrace.Simulation.Tests.Network;

public sealed class SimNetworkTests
{
    private readonly List<object> _heard = [];
    private Scheduler _scheduler = null!;
    private SimNetwork _network = null!;
    private Life _server = null!;
    private StreamEnd _client = null!;
    private bool _broken;

    [SetUp]
    public void Connect()
    {
        _heard.Clear();
        _broken = false;
        _scheduler = new Scheduler(new SimRandom(1));
        _network = new SimNetwork(_scheduler, new SimRandom(2), new NetworkLimits(10, 1_000, 100_000));
        _server = new Life("server", 1);
        _client = _network.Connect(new Life("client", 1), "server", () => _server, end =>
        {
            end.Received = _heard.Add;
            end.Broken = () => _broken = true;
        });
    }

    [Test]
    public void Send_ManyMessages_ArriveInOrder()
    {
        Send(50);
        _scheduler.RunUntil(1_000_000);
        Assert.That(_heard, Is.EqualTo(Enumerable.Range(0, 50)));
    }

    [Test]
    public void Break_WhileMessagesAreUnderWay_DeliversAPrefixAndThenSaysSo()
    {
        _scheduler.RunUntil(10_000);
        Send(50);
        _network.Streams[0].Break(0);
        _scheduler.RunUntil(1_000_000);
        Assert.That(_heard, Is.EqualTo(Enumerable.Range(0, _heard.Count)));
        Assert.That(_heard, Has.Count.LessThan(50));
        Assert.That(_broken, Is.True);
    }

    [Test]
    public void Block_ThenUnblock_HoldsMessagesBackInOrder()
    {
        _scheduler.RunUntil(10_000);
        _network.Block("client", "server");
        Send(5);
        _scheduler.RunUntil(30_000);
        Assert.That(_heard, Is.Empty);
        _network.Unblock("client", "server");
        _scheduler.RunUntil(40_000);
        Assert.That(_heard, Is.EqualTo(Enumerable.Range(0, 5)));
    }

    [Test]
    public void Pause_OfTheReceiver_DeliversEverythingAfterwards()
    {
        _scheduler.RunUntil(10_000);
        _server.Pause();
        Send(5);
        _scheduler.RunUntil(50_000);
        Assert.That(_heard, Is.Empty);
        _scheduler.Resume(_server);
        Assert.That(_heard, Is.EqualTo(Enumerable.Range(0, 5)));
    }

    private void Send(int count)
    {
        for (int i = 0; i < count; i++)
        {
            _client.Send(i);
        }
    }
}
