namespace Millrace.Worker.Core.State;

/// <summary>An operator's state at one moment; may be written on another thread while the operator goes on.</summary>
internal interface IFrozenState : IDisposable
{
    /// <summary>Writes all entries by key group, in an order that depends on nothing but the state itself.</summary>
    /// <param name="since">Leave out what is as it was then: an earlier state of the same operator in the same life;
    /// null: leave out nothing.</param>
    void WriteTo(SnapshotWriter writer, IFrozenState? since);
}
