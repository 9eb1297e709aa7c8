using Millrace.Simulation.Engine;

namespace Millrace.Simulation.Network;

/// <summary>One bidirectional ordered stream: two directions and an end on each side.</summary>
internal sealed class SimStream
{
    public SimStream(SimNetwork network, Life client, string server)
    {
        Network = network;
        Client = new StreamEnd(this, client.Machine) { Life = client };
        Server = new StreamEnd(this, server);
        Client.Peer = Server;
        Server.Peer = Client;
    }

    public StreamEnd Client { get; }

    public StreamEnd Server { get; }

    public bool IsBroken => BrokenAtUs is not null;

    /// <summary>When it broke; its ends learn of it later.</summary>
    public long? BrokenAtUs { get; private set; }

    internal SimNetwork Network { get; }

    public bool Joins(string a, string b) =>
        (Client.Node == a && Server.Node == b) || (Client.Node == b && Server.Node == a);

    /// <summary>Ends the stream: of what is under way a prefix still arrives, each way; then both ends learn of
    /// it.</summary>
    public void Break(long noticeDelayUs)
    {
        if (IsBroken)
        {
            return;
        }

        BrokenAtUs = Network.Scheduler.NowUs;
        Network.Forget(this);
        Client.Cut(noticeDelayUs);
        Server.Cut(noticeDelayUs + Network.NoticeDelay());
    }

    internal void Open(Life? server, Action<StreamEnd> accept)
    {
        if (IsBroken)
        {
            return;
        }

        bool unreachable = Network.IsBlocked(Client.Node, Server.Node) || Network.IsBlocked(Server.Node, Client.Node);
        if (server is null || server.Ended || unreachable)
        {
            Break(Network.Latency());
            return;
        }

        Server.Accept(server, accept);
    }

    internal void ReleaseHeld(string from, string to)
    {
        Client.ReleaseHeld(from, to);
        Server.ReleaseHeld(from, to);
    }
}
