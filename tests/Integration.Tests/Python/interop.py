"""Talks to a Millrace coordinator with nothing but grpcio and stubs that protoc made from the protos.

    interop.py STUBS ADDRESS SCENARIO

Prints what it checked, one line each; any failed check ends it with a traceback.
"""

import collections
import sys
import time

sys.path.insert(0, sys.argv[1])

import grpc
from millrace.admin.v1 import cluster_pb2, cluster_pb2_grpc, job_pb2, job_pb2_grpc, topic_pb2, topic_pb2_grpc
from millrace.ingest.v1 import ingest_pb2, ingest_pb2_grpc
from millrace.query.v1 import query_pb2, query_pb2_grpc
from millrace.type.v1 import error_pb2, event_pb2

PARTITIONS = 4
TIMEOUT = 20


class Api:
    def __init__(self, address):
        self.channel = grpc.insecure_channel(address)
        self.ingest = ingest_pb2_grpc.IngestServiceStub(self.channel)
        self.topics = topic_pb2_grpc.TopicServiceStub(self.channel)
        self.jobs = job_pb2_grpc.JobServiceStub(self.channel)
        self.cluster = cluster_pb2_grpc.ClusterServiceStub(self.channel)
        self.query = query_pb2_grpc.QueryServiceStub(self.channel)

    def make_topic(self, name):
        request = topic_pb2.CreateTopicRequest(
            topic_id=name, topic=topic_pb2.Topic(partition_count=PARTITIONS), request_id="make-" + name)
        return self.topics.CreateTopic(request, timeout=TIMEOUT).topic

    def open(self, producer=""):
        return self.ingest.OpenProducer(ingest_pb2.OpenProducerRequest(producer_id=producer), timeout=TIMEOUT)

    def read(self, topic, partition, offset=0, most=0):
        """All events of a partition with their offsets."""
        request = ingest_pb2.ReadRequest(topic=topic, partition_index=partition, offset=offset, max_events=most)
        found = []
        for run in self.ingest.Read(request, timeout=TIMEOUT):
            assert run.partition_index == partition, run.partition_index
            for i, event in enumerate(run.events):
                found.append((run.first_offset + i, event))
        return found


def say(text):
    print("ok", text, flush=True)


def event(producer, n, keys=17):
    return event_pb2.Event(
        key=b"key-%d" % (n * n % keys),
        value=b"%s:%d" % (producer.encode(), n),
        event_time_ms=1700000000000 + n,
        headers=[event_pb2.Header(name="n", value=b"%d" % n)])


def batch(kind, opened, topic, first, count):
    return kind(
        producer_id=opened.producer_id,
        producer_epoch=opened.producer_epoch,
        topic=topic,
        first_sequence=first,
        events=[event(opened.producer_id, n) for n in range(first, first + count)])


def check_read_back(api, topic, producer, total):
    """Every event exactly once, unchanged, in the producer's order, at offsets without holes; a key in one partition."""
    seen, home = {}, {}
    for partition in range(PARTITIONS):
        last = 0
        for place, (offset, stored) in enumerate(api.read(topic, partition)):
            assert offset == place, (partition, offset, place)
            n = int(stored.value.split(b":")[1])
            assert stored == event(producer, n), stored
            assert n > last and n not in seen, (n, last)
            assert home.setdefault(stored.key, partition) == partition, stored.key
            seen[n] = stored
            last = n
    assert sorted(seen) == list(range(1, total + 1)), len(seen)
    say("%d events read back from %d partitions" % (total, PARTITIONS))


def scenario_batches(api):
    api.make_topic("py")
    opened = api.open("python-1")
    assert opened.producer_epoch > 0 and opened.max_batch_events > 0 and not opened.topics
    position = 0
    for first, count in ((1, 1), (2, 99), (101, 400)):
        ack = api.ingest.PublishBatch(
            batch(ingest_pb2.PublishBatchRequest, opened, "py", first, count), timeout=TIMEOUT)
        assert ack.last_sequence == first + count - 1 and ack.repeated_events == 0, ack
        assert ack.position > position and ack.incarnation == opened.incarnation, ack
        position = ack.position
    say("batches acked")
    again = api.ingest.PublishBatch(batch(ingest_pb2.PublishBatchRequest, opened, "py", 2, 99), timeout=TIMEOUT)
    assert again.last_sequence == 500 and again.repeated_events == 99, again
    overlap = api.ingest.PublishBatch(batch(ingest_pb2.PublishBatchRequest, opened, "py", 401, 200), timeout=TIMEOUT)
    assert overlap.last_sequence == 600 and overlap.repeated_events == 100, overlap
    say("a repeat is acked and not stored, an overlap is trimmed")
    check_read_back(api, "py", "python-1", 600)
    first = api.read("py", 0)
    assert api.read("py", 0, offset=5, most=7) == first[5:12]
    say("a read from an offset with a limit")
    reopened = api.open("python-1")
    assert reopened.producer_epoch > opened.producer_epoch
    assert [(t.topic, t.last_sequence) for t in reopened.topics] == [("py", 600)], reopened.topics
    say("a reopened producer learns how far it came")


def scenario_stream(api):
    api.make_topic("py")
    opened = api.open()
    assert opened.producer_id
    total, size = 3000, 60
    requests = (batch(ingest_pb2.PublishRequest, opened, "py", first, size) for first in range(1, total + 1, size))
    last = 0
    for ack in api.ingest.Publish(requests, timeout=TIMEOUT):
        assert ack.topic == "py" and ack.last_sequence >= last and ack.position > 0, ack
        last = ack.last_sequence
    assert last == total, last
    say("%d events acked over a stream" % total)
    check_read_back(api, "py", opened.producer_id, total)


def scenario_query(api):
    api.make_topic("py")
    opened = api.open("python-1")
    acks = list(api.ingest.Publish(
        (batch(ingest_pb2.PublishRequest, opened, "py", first, 50) for first in range(1, 1001, 50)), timeout=TIMEOUT))
    position = max(ack.position for ack in acks)
    spec = job_pb2.JobSpec(source_topics=["topics/py"], operator="count")
    job = api.jobs.DeployJob(job_pb2.DeployJobRequest(job_id="py-count", spec=spec), timeout=TIMEOUT).job
    assert job.name == "jobs/py-count" and job.assignment_count == PARTITIONS, job
    oracle = collections.Counter(event("python-1", n).key for n in range(1, 1001))
    counts, token = {}, ""
    while True:
        page = retry(lambda: api.query.Scan(query_pb2.ScanRequest(
            job="py-count", page_size=5, page_token=token, min_position=position), timeout=TIMEOUT))
        assert len(page.positions) > 0 and all(p.position >= position for p in page.positions), page.positions
        keys = [e.key for e in page.entries]
        assert keys == sorted(keys) and not set(keys) & set(counts), keys
        counts.update((e.key, e.count) for e in page.entries)
        token = page.next_page_token
        if not token:
            break
    assert counts == oracle, (counts, oracle)
    say("Scan over pages equals the oracle: %d keys" % len(oracle))
    key, count = oracle.most_common(1)[0]
    got = api.query.Get(query_pb2.GetRequest(job="py-count", key=key, min_position=position), timeout=TIMEOUT)
    assert got.found and got.count == count and got.position >= position, got
    none = api.query.Get(query_pb2.GetRequest(job="py-count", key=b"never", min_position=position), timeout=TIMEOUT)
    assert not none.found and none.count == 0, none
    say("Get of a known and of an unknown key")
    top = api.query.TopK(query_pb2.TopKRequest(job="py-count", limit=3, min_position=position), timeout=TIMEOUT)
    want = sorted(oracle.items(), key=lambda item: (-item[1], item[0]))[:3]
    assert [(e.key, e.count) for e in top.entries] == want and top.key_count == len(oracle), top
    say("TopK")


def retry(call):
    """Repeats a call while the job's workers are still taking their tasks."""
    for _ in range(200):
        try:
            return call()
        except grpc.RpcError as error:
            reason = dict(error.trailing_metadata()).get("millrace-reason")
            if reason not in ("NO_READY_WORKERS", "WAIT_TIMEOUT"):
                raise
            time.sleep(0.05)
    return call()


def refused(what, call, code, reason):
    """The call ends with this status and reason, and all three places that name it agree."""
    try:
        result = call()
        if hasattr(result, "__next__"):
            list(result)
    except grpc.RpcError as error:
        trailers = dict(error.trailing_metadata())
        assert error.code() == code, (what, error.code(), error.details())
        assert trailers.get("millrace-reason") == reason, (what, trailers, error.details())
        status = error_pb2.ErrorStatus.FromString(trailers["grpc-status-details-bin"])
        info = error_pb2.ErrorInfo()
        assert status.details[0].type_url == "type.googleapis.com/google.rpc.ErrorInfo", status
        info.ParseFromString(status.details[0].value)
        assert status.code == code.value[0] and status.message == error.details(), (what, status)
        assert info.reason == reason and info.domain == "millrace.dev", (what, info)
        say("%s: %s %s: %s" % (what, code.name, reason, error.details()))
        return
    raise AssertionError(what + " was not refused")


def scenario_refusals(api):
    api.make_topic("py")
    opened = api.open("python-1")
    api.ingest.PublishBatch(batch(ingest_pb2.PublishBatchRequest, opened, "py", 1, 10), timeout=TIMEOUT)
    code = grpc.StatusCode
    kind = ingest_pb2.PublishBatchRequest

    def publish(**changes):
        request = batch(kind, opened, "py", 11, 1)
        for name, value in changes.items():
            setattr(request, name, value)
        return lambda: api.ingest.PublishBatch(request, timeout=TIMEOUT)

    def stream(*requests):
        return lambda: api.ingest.Publish(iter(requests), timeout=TIMEOUT)

    refused("unknown topic", publish(topic="nope"), code.NOT_FOUND, "NO_SUCH_TOPIC")
    refused("gap", publish(first_sequence=13), code.FAILED_PRECONDITION, "SEQUENCE_GAP")
    refused("unknown producer", publish(producer_id="who"), code.FAILED_PRECONDITION, "UNKNOWN_PRODUCER")
    empty = batch(kind, opened, "py", 11, 0)
    refused("empty batch", lambda: api.ingest.PublishBatch(empty, timeout=TIMEOUT), code.INVALID_ARGUMENT, "EMPTY_BATCH")
    keyless = batch(kind, opened, "py", 11, 1)
    keyless.events[0].key = b""
    refused("no key", lambda: api.ingest.PublishBatch(keyless, timeout=TIMEOUT), code.INVALID_ARGUMENT, "KEY_REQUIRED")
    gap = ingest_pb2.PublishRequest
    refused("gap on a stream", stream(batch(gap, opened, "py", 11, 2), batch(gap, opened, "py", 14, 2)),
            code.FAILED_PRECONDITION, "SEQUENCE_GAP")
    newer = api.open("python-1")
    assert [t.last_sequence for t in newer.topics] == [12], newer
    refused("old epoch", publish(first_sequence=13), code.FAILED_PRECONDITION, "PRODUCER_FENCED")
    refused("bad name", lambda: api.open("No Such Name"), code.INVALID_ARGUMENT, "BAD_NAME")
    refused("bad topic name", lambda: api.make_topic("../etc"), code.INVALID_ARGUMENT, "BAD_NAME")
    refused("topic exists", lambda: api.topics.CreateTopic(
        topic_pb2.CreateTopicRequest(topic_id="py"), timeout=TIMEOUT), code.ALREADY_EXISTS, "TOPIC_EXISTS")
    refused("missing job", lambda: api.query.Get(
        query_pb2.GetRequest(job="nope", key=b"k"), timeout=TIMEOUT), code.NOT_FOUND, "NO_SUCH_JOB")
    refused("missing partition", lambda: api.ingest.Read(
        ingest_pb2.ReadRequest(topic="py", partition_index=99), timeout=TIMEOUT), code.NOT_FOUND, "NO_SUCH_PARTITION")
    malformed = api.channel.unary_unary(
        "/millrace.ingest.v1.IngestService/PublishBatch", request_serializer=bytes,
        response_deserializer=ingest_pb2.PublishBatchResponse.FromString)
    refused("malformed bytes", lambda: malformed(b"\x0a\x7fshort", timeout=TIMEOUT),
            code.INVALID_ARGUMENT, "MALFORMED_MESSAGE")
    check_read_back(api, "py", "python-1", 12)
    state = api.cluster.GetCluster(cluster_pb2.GetClusterRequest(), timeout=TIMEOUT).cluster
    assert state.event_count == 12, state


if __name__ == "__main__":
    globals()["scenario_" + sys.argv[3]](Api(sys.argv[2]))
    say("done")
