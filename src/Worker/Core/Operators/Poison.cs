namespace Millrace.Worker.Core.Operators;

/// <summary>An operator cannot take an event: everything before it is applied, of it and of what follows nothing
/// is.</summary>
/// <param name="Index">Of the event within its batch.</param>
/// <param name="Reason">For people; short.</param>
internal readonly record struct Poison(int Index, string Reason);
