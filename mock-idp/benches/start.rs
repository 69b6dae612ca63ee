//! What a start costs, beside the port that it binds. `cargo bench -p mock-idp` prints medians; the ratio counts.

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use mock_idp::{Config, MockIdp};
use tokio::{
    net::TcpListener,
    runtime::{Builder, Runtime},
    task::yield_now,
};

/// A port, once the mock before it is gone.
fn bound(runtime: &Runtime) -> TcpListener {
    runtime.block_on(async {
        yield_now().await;
        TcpListener::bind("127.0.0.1:0").await.expect("a free port")
    })
}

fn start(criterion: &mut Criterion) {
    // As a test has it: one thread.
    let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime");
    let _within = runtime.enter();
    let mut group = criterion.benchmark_group("start");
    // What is made is dropped outside of the time that is taken.
    group.bench_function("bind a port", |bencher| {
        bencher.iter_batched(|| (), |()| bound(&runtime), BatchSize::PerIteration);
    });
    group.bench_function("start a mock on it", |bencher| {
        let start = |port| MockIdp::start_on(port, Config::demo()).expect("a mock");
        bencher.iter_batched(|| bound(&runtime), start, BatchSize::PerIteration);
    });
    group.finish();
}

criterion_group!(benches, start);
criterion_main!(benches);
