using System.Text;
using Millrace.Common.Keys;
using Millrace.Common.Model;
using Millrace.Coordinator.Core;

namespace Millrace.Coordinator.Rpc.Admin;

/// <summary>Request ids of mutations: a repeat gets the same answer, the same id with other content is
/// refused.</summary>
internal static class RequestIds
{
    private const int MaxLength = 100;

    /// <param name="content">Everything that was asked for; equal requests give equal texts in every version.</param>
    /// <returns>Null: the caller gave no id.</returns>
    /// <exception cref="RefusalException">BAD_FIELD: the id is too long or holds unprintable characters.</exception>
    public static Request? Read(string id, string content)
    {
        if (id.Length == 0)
        {
            return null;
        }

        return id.Length <= MaxLength && id.All(c => c is > ' ' and <= '~')
            ? new Request(id, XxHash64.Hash(Encoding.UTF8.GetBytes(content)))
            : throw new RefusalException(Refusal.BadField(
                "request_id", $"request_id has at most {MaxLength} characters, all of them printable ASCII."));
    }
}
